/**
 * The Node server under every face: time limits, and an answer in JSON also to what is no HTTP.
 *
 * **Gotchas**: requests are not logged, since paths and queries hold addresses.
 */
import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer";
import { Effect, Layer } from "effect";
import { Problem, problemBody } from "./Problem.ts";

/** Options of `HttpRouter.serve`: an address in a path may be long, and percent-encoded throughout. */
export const serveOptions = {
  disableLogger: true,
  disableListenLog: true,
  routerConfig: { maxParamLength: 1024 },
} as const;

const answers: Readonly<Record<string, readonly [status: number, error: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "The request's headers are too large."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request took too long to arrive."],
};

/** What is no HTTP never reaches the routes; it is answered in the same shape here, and the connection ends. */
const answerUnparsed = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, text] = answers[error.code ?? ""] ?? [400, "The request is not readable as HTTP."];
  const body = JSON.stringify(problemBody(new Problem({ status, code: "invalid_request", error: text }), false));
  socket.end(
    `HTTP/1.1 ${status} Error\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `cache-control: no-store\r\nconnection: close\r\n\r\n${body}`,
  );
};

/** A Node server with time limits, that answers in JSON what is no HTTP. */
export const makeNodeServer = (): Server =>
  createServer({ headersTimeout: 20_000, requestTimeout: 120_000, keepAliveTimeout: 10_000 }).on(
    "clientError",
    answerUnparsed,
  );

/** A Node HTTP server. Port 0 takes any free one; ending the layer waits for requests under way. */
export const layerNodeServer = (options: { readonly host: string; readonly port: number }) =>
  NodeHttpServer.layer(makeNodeServer, { ...options, gracefulShutdownTimeout: "5 seconds" });

/** Fails where {@link layerNodeServer} would, as it is built, and listens no longer than that. Another program may still come first. */
export const layerPortIsFree = (options: { readonly host: string; readonly port: number }) =>
  Layer.effectDiscard(Effect.scoped(Layer.build(layerNodeServer(options))));
