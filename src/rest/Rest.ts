/**
 * REST `/v1` as layers: all routes with everything around them. It needs the services, and nothing of SQL, SMTP or Node.
 *
 * **Gotchas**: requests are not logged, since paths and queries hold addresses.
 */
import { Layer } from "effect";
import { HttpRouter } from "effect/http";
import { HttpApiBuilder } from "effect/http-api";
import { layerAuthorization } from "../http/Authorization.ts";
import { layerEdge } from "../http/Edge.ts";
import { serveOptions } from "../http/NodeServer.ts";
import { answer } from "./answer.ts";
import { Api, declaredRoutes, openApiPath } from "./Api.ts";
import { layerAudit } from "./routes/audit.ts";
import { layerDomains } from "./routes/domains.ts";
import { layerEmails } from "./routes/emails.ts";
import { layerLog, layerTiles } from "./routes/log.ts";
import { layerMailboxes } from "./routes/mailboxes.ts";
import { layerOperator } from "./routes/operator.ts";
import { layerOversight } from "./routes/oversight.ts";
import { layerPublic } from "./routes/public.ts";
import { layerRetention } from "./routes/retention.ts";

const layerRoutes = HttpApiBuilder.layer(Api, { openapiPath: openApiPath }).pipe(
  Layer.provide([
    layerMailboxes,
    layerEmails,
    layerOversight,
    layerAudit,
    layerLog,
    layerRetention,
    layerOperator,
    layerDomains,
    layerPublic,
  ]),
  Layer.provide(layerAuthorization(answer)),
);

/** All routes. Needs `Oversight`, `AuditLog`, `Retention`, `RiskDesk`, `Accounts`, `Correspondence` and `IdentityDirectory`. */
export const layerHttp = Layer.mergeAll(layerRoutes, layerTiles, layerEdge(declaredRoutes, openApiPath));

/** The routes on the `HttpServer` there is. */
export const layerServe = HttpRouter.serve(layerHttp, serveOptions);
