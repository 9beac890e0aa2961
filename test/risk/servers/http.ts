/** HTTP servers on the loopback that answer as a test wants: well, slowly, brokenly. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Answers = (request: IncomingMessage, response: ServerResponse) => void;

export interface HttpServer {
  readonly base: string;
  /** `METHOD path`, in order. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

export const startHttp = (answers: Answers): Promise<HttpServer> =>
  new Promise((resolve, reject) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.on("error", () => undefined);
      answers(request, response);
    });
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () =>
      resolve({
        base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        asked,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      }),
    );
  });

export const withHttp = async <A>(answers: Answers, use: (server: HttpServer) => Promise<A>): Promise<A> => {
  const server = await startHttp(answers);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
};

/** Sends this body with its length. */
export const sends =
  (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}, status = 200): Answers =>
  (_request, response) =>
    void response.writeHead(status, { "content-length": String(Buffer.from(body).length), ...headers }).end(body);

/** Announces more than it sends, then hangs up. */
export const breaksOff =
  (body: string, headers: Readonly<Record<string, string>> = {}): Answers =>
  (_request, response) => {
    response.writeHead(200, { "content-length": String(body.length * 2), ...headers });
    response.write(body, () => response.socket?.destroy());
  };

/** Sends in HTTP/1.0 manner: the end of the connection is the end of the body. */
export const sendsUnframed =
  (body: string): Answers =>
  (_request, response) => {
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    response.writeHead(200, { connection: "close" });
    response.end(body);
  };

/** Never answers. */
export const hangs: Answers = () => undefined;
