import { gzipSync } from "node:zlib";
import { createServer } from "node:net";
import { Effect } from "effect";
import { describe, expect, it } from "vitest";
import { hostAddresses } from "../../src/dns/hostAddresses.ts";
import type { FetchError, FetchOptions, FetchResponse } from "../../src/net/Fetch.ts";
import { isPublicAddress, makeNodeFetch, redirectTarget } from "../../src/net/NodeFetch.ts";
import { breaksOff, hangs, sends, sendsUnframed, withHttp, type Answers } from "../risk/servers/http.ts";

const { get, post } = makeNodeFetch(hostAddresses);
const bounds: FetchOptions = { timeoutMillis: 10_000, maxBytes: 10_000 };
const loopback: FetchOptions = { ...bounds, allowPlain: true, allowPrivate: true };
const run = (url: string, options: FetchOptions = loopback) => Effect.runPromise(get(url, options));
const fails = (url: string, options: FetchOptions = loopback): Promise<FetchError> =>
  Effect.runPromise(Effect.flip(get(url, options)));
const from = (answers: Answers, options: Partial<FetchOptions> = {}): Promise<FetchResponse> =>
  withHttp(answers, ({ base }) => run(base, { ...loopback, ...options }));
const failsFrom = (answers: Answers, options: Partial<FetchOptions> = {}) =>
  withHttp(answers, ({ base }) => fails(base, { ...loopback, ...options }));
const textOf = ({ body }: FetchResponse) => new TextDecoder().decode(body);

describe("a document", () => {
  it("comes with status, headers and body", async () => {
    const found = await from(sends("hello", { etag: '"1"' }, 418));
    expect([found.status, found.headers["etag"], textOf(found), found.isFramed]).toEqual([418, '"1"', "hello", true]);
  });
  it("is decoded when it comes as gzip", async () => {
    expect(textOf(await from(sends(gzipSync("packed"), { "content-encoding": "gzip" })))).toBe("packed");
  });
  it("says when its end is only the end of the connection", async () => {
    const found = await from(sendsUnframed("a\nb"));
    expect([textOf(found), found.isFramed]).toEqual(["a\nb", false]);
  });
  it("of status 304 has no body to decode", async () => {
    const found = await from((_q, response) => void response.writeHead(304, { "content-encoding": "gzip" }).end());
    expect([found.status, found.body.length]).toEqual([304, 0]);
  });
});

describe("what is not one", () => {
  it.each([
    ["broken off", breaksOff("half"), {}, "truncated"],
    ["too large", sends("x".repeat(10_001)), {}, "too_large"],
    [
      "a gzip bomb",
      sends(gzipSync(Buffer.alloc(5_000_000)), { "content-encoding": "gzip" }),
      { maxBytes: 100_000 },
      "too_large",
    ],
    ["broken gzip", sends("no gzip", { "content-encoding": "gzip" }), {}, "undecodable"],
    [
      "half a gzip",
      sends(gzipSync("packed well enough to cut").subarray(0, 20), { "content-encoding": "gzip" }),
      {},
      "undecodable",
    ],
    ["an encoding we do not read", sends("?", { "content-encoding": "br" }), {}, "undecodable"],
    ["silence", hangs, { timeoutMillis: 100 }, "timed_out"],
  ] as const)("%s", async (_name, answers, options, reason) => {
    const error = await failsFrom(answers, options);
    expect(error).toMatchObject({ _tag: "FetchError", reason });
    expect(error.hint.length).toBeGreaterThan(20);
  });

  it("a body that drips is cut at the deadline", async () => {
    let dripped = 0;
    const drips: Answers = (_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      const timer = setInterval(() => {
        dripped += 1;
        response.write(".");
      }, 20);
      response.on("close", () => clearInterval(timer));
    };
    expect((await failsFrom(drips, { timeoutMillis: 200 })).reason).toBe("timed_out");
    // Two seconds' worth, however slow the machine.
    expect(dripped).toBeLessThan(100);
  });

  it("a server that speaks something else", async () => {
    const server = createServer(
      (socket) =>
        void socket
          .resume()
          .on("error", () => undefined)
          .end("220 mail.example ESMTP\r\n"),
    );
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    expect((await fails(`http://127.0.0.1:${port}/`)).reason).toBe("unreachable");
    await new Promise((done) => server.close(done));
    expect((await fails(`http://127.0.0.1:${port}/`)).reason).toBe("unreachable");
  });
});

describe("OV-111 only-asked-hosts: what is not asked", () => {
  it.each([
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "data:text/plain,x",
    "no address",
    "https://user:secret@example.com/",
    "https://127.0.0.1/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00::1]/",
    "https://localhost/",
  ])("%s", async (url) => expect((await fails(url, bounds)).reason).toBe("not_allowed"));

  it("a name that resolves to our own network, also when only one of its addresses does", async () => {
    const staged = makeNodeFetch(async () => ["1.1.1.1", "10.1.2.3"]);
    const error = await Effect.runPromise(Effect.flip(staged.get("https://feeds.example/", bounds)));
    expect(error.reason).toBe("not_allowed");
  });

  it("a name without an address, and one that is not found", async () => {
    const none = makeNodeFetch(async () => []);
    expect((await Effect.runPromise(Effect.flip(none.get("https://feeds.example/", bounds)))).reason).toBe(
      "not_allowed",
    );
    const unknown = makeNodeFetch(() => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })));
    expect(await Effect.runPromise(Effect.flip(unknown.get("https://feeds.example/", bounds)))).toMatchObject({
      reason: "unreachable",
      detail: "ENOTFOUND",
    });
  });

  it("plain HTTP, even where private addresses are allowed", async () => {
    await withHttp(sends("secret"), async ({ base, asked }) => {
      expect((await fails(base, { ...bounds, allowPrivate: true })).reason).toBe("not_allowed");
      expect((await fails(base, { ...bounds, allowPlain: true })).reason).toBe("not_allowed");
      expect(asked).toEqual([]);
    });
  });

  it("tells public addresses from others", () => {
    for (const address of ["1.1.1.1", "192.0.1.1", "172.32.0.1", "2606:4700::1111", "2001:4860:4860::8888"])
      expect(isPublicAddress(address), address).toBe(true);
    for (const address of ["0.0.0.0", "100.64.1.1", "172.31.255.255", "192.0.2.1", "224.0.0.1", "255.255.255.255"])
      expect(isPublicAddress(address), address).toBe(false);
    for (const address of ["::", "::1", "fe80::1", "fe80::1%eth0", "::ffff:1.1.1.1", "64:ff9b::a00:1", "2002:a00:1::"])
      expect(isPublicAddress(address), address).toBe(false);
    for (const address of ["2001:db8::1", "2001:0:1::", "ff02::1", "", "example.com"])
      expect(isPublicAddress(address), address).toBe(false);
  });
});

describe("what is sent", () => {
  const sent = (url: string, body: string, options: FetchOptions = loopback) =>
    Effect.runPromise(Effect.result(post(url, body, options)));
  const echoes: Answers = (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => response.end(`${request.headers["content-type"]} ${Buffer.concat(parts).toString()}`));
  };

  it("arrives with its headers, and the answer comes back", () =>
    withHttp(echoes, async ({ base, asked }) => {
      const found = await Effect.runPromise(post(base, "grüße", { ...loopback, headers: { "content-type": "a/b" } }));
      expect([textOf(found), asked]).toEqual(["a/b grüße", ["POST /"]]);
    }));

  it("is bound as what is asked is: in time, in size, and to public addresses", async () => {
    await withHttp(sends("x".repeat(10_001)), async ({ base }) => {
      expect(await sent(base, "?")).toMatchObject({ failure: { reason: "too_large" } });
      expect(await sent(base, "?", bounds)).toMatchObject({ failure: { reason: "not_allowed" } });
      expect(await sent(base, "?", { ...bounds, allowPlain: true })).toMatchObject({
        failure: { reason: "not_allowed" },
      });
    });
    await withHttp(hangs, async ({ base }) => {
      expect(await sent(base, "?", { ...loopback, timeoutMillis: 100 })).toMatchObject({
        failure: { reason: "timed_out" },
      });
    });
  });

  it("OV-111 only-asked-hosts: is sent nowhere else, whatever the answer says", () =>
    withHttp(sends("there"), ({ base, asked }) =>
      withHttp(
        (_request, response) => void response.writeHead(307, { location: base }).end(),
        async (first) => {
          expect(await sent(first.base, "secret")).toMatchObject({ failure: { reason: "redirected" } });
          expect([first.asked, asked]).toEqual([["POST /"], []]);
        },
      ),
    ));
});

describe("redirects", () => {
  const to =
    (location: string): Answers =>
    (_request, response) =>
      void response.writeHead(302, { location }).end();

  it("are followed, three of them", async () => {
    const steps =
      (count: number): Answers =>
      ({ url }, response) => {
        const at = Number(url!.slice(1) || "0");
        if (at < count) response.writeHead(307, { location: `/${at + 1}` }).end();
        else response.end("there");
      };
    expect(textOf(await from(steps(3)))).toBe("there");
    expect((await failsFrom(steps(4))).reason).toBe("redirected");
  });

  it("lose the headers when they lead to another origin", async () => {
    const seen: (string | undefined)[] = [];
    await withHttp(
      (request, response) => {
        seen.push(request.headers["auth-key"] as string | undefined);
        response.end();
      },
      async (second) => {
        await withHttp(to(second.base), async ({ base }) => {
          await run(base, { ...loopback, headers: { "auth-key": "secret" } });
        });
        await run(second.base, { ...loopback, headers: { "auth-key": "secret" } });
      },
    );
    expect(seen).toEqual([undefined, "secret"]);
  });

  it("OV-111 only-asked-hosts: do not lead a host that may be private to another that may not", () =>
    withHttp(sends("secret"), ({ base, asked }) =>
      withHttp(to(base.replace("127.0.0.1", "localhost")), async (first) => {
        expect((await fails(first.base)).reason).toBe("not_allowed");
        expect(asked).toEqual([]);
      }),
    ));

  it("never lead from HTTPS to less", () => {
    const secure = new URL("https://feeds.example/a");
    expect(String(redirectTarget(secure, "http://feeds.example/a"))).toContain("from https to http:");
    expect(redirectTarget(secure, "//other.example/b")).toEqual(new URL("https://other.example/b"));
    expect(redirectTarget(new URL("http://feeds.example/a"), "https://feeds.example/a")).toBeInstanceOf(URL);
  });

  it("do not lead to other schemes", async () => {
    expect((await failsFrom(to("file:///etc/passwd"))).reason).toBe("not_allowed");
    expect((await failsFrom(to("https://user@example.com/"))).reason).toBe("not_allowed");
    expect((await failsFrom(to("http://["))).reason).toBe("redirected");
  });
});
