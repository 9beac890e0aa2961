/** The whole of REST `/v1`, as one description: routes, OpenAPI and typed clients come from it. */
import { HttpApi, OpenApi } from "effect/http-api";
import { AuditApi } from "./api/AuditApi.ts";
import { DomainsApi } from "./api/DomainsApi.ts";
import { EmailsApi } from "./api/EmailsApi.ts";
import { LogApi, tilesPath } from "./api/LogApi.ts";
import { MailboxesApi } from "./api/MailboxesApi.ts";
import { OperatorApi } from "./api/OperatorApi.ts";
import { OversightApi } from "./api/OversightApi.ts";
import { PublicApi } from "./api/PublicApi.ts";
import { RetentionApi } from "./api/RetentionApi.ts";
import type { Declared } from "../http/Edge.ts";

export class Api extends HttpApi.make("countersign")
  .add(MailboxesApi, EmailsApi, OversightApi, AuditApi, LogApi, RetentionApi, OperatorApi, DomainsApi, PublicApi)
  .annotateMerge(
    OpenApi.annotations({
      title: "Countersign",
      version: "1",
      description:
        "Oversight for AI agents' email. Every answer is JSON; errors are {error, code, hint?, field?}, or RFC 9457 with Accept: application/problem+json.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    }),
  ) {}

/** Where the description is served. */
export const openApiPath = "/v1/openapi.json";

/** Every route there is. */
export const declaredRoutes: readonly Declared[] = [
  ...Object.values(Api.groups).flatMap((group) =>
    Object.values(group.endpoints).map(({ method, path }): Declared => ({ method, path })),
  ),
  { method: "GET", path: openApiPath },
  { method: "GET", path: tilesPath },
];
