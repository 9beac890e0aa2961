/** The environment as an installation reads it: what holds by default, what is refused, and that each refusal says what to write. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, Effect, Result } from "effect";
import { afterAll, assert, describe, it } from "vitest";
import { isKeyShaped } from "../../src/accounts/ApiKey.ts";
import { formatVerifierKey, noteKey, noteKeyTypes } from "../../src/audit/tree/SignedNote.ts";
import { readDomain } from "../../src/risk/ReadDomain.ts";
import { settings } from "../../src/server/settings/settings.ts";
import { problemsOf as sentencesOf, providerOf } from "../../src/server/settings/Setting.ts";
import { readInstallationSettings, readServerSettings } from "../../src/server/settings/ServerSettings.ts";

type Env = Readonly<Record<string, string>>;

const cosigner = formatVerifierKey(
  Result.getOrThrow(noteKey("w.example/w1", noteKeyTypes.cosignature, new Uint8Array(32).fill(9))),
);

const folder = mkdtempSync(join(tmpdir(), "countersign-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (env: Env) => Effect.runSync(readInstallationSettings(env));
const problemsOf = (env: Env): readonly string[] => {
  const result = Effect.runSync(Effect.result(readInstallationSettings(env)));
  return Result.isSuccess(result) ? [] : result.failure.problems;
};
const only = (env: Env): string => {
  const problems = problemsOf(env);
  assert.lengthOf(problems, 1, problems.join("\n"));
  return problems[0]!;
};

const parsed = (reader: Config.Config<unknown>, env: Env) => reader.parse(providerOf(env));

describe("the list", () => {
  it("has each name once, a meaning for each, and defaults that its own readers take", () => {
    const all = Object.values(settings);
    assert.strictEqual(new Set(all.map(({ name }) => name)).size, all.length);
    for (const { name, default: unset, meaning, reader } of all) {
      assert.match(meaning, /^\S[^\n]+$/, name);
      const absent = Effect.runSync(Effect.result(parsed(reader, {})));
      if (name === "SMTP_URL") {
        assert.deepEqual(sentencesOf(Result.getOrThrow(Result.flip(absent))), [
          "SMTP_URL is not set. Write for example SMTP_URL=smtp://127.0.0.1:25.",
        ]);
      } else if ("words" in unset) assert.isNull(Result.getOrThrow(absent), name);
      else {
        const written = Effect.runSync(parsed(reader, { [name]: unset.text }));
        assert.deepEqual(Result.getOrThrow(absent), written, name);
      }
    }
  });

  it("reads a blank as nothing, and what it is given without the blanks around it", () => {
    const blank = Object.fromEntries(Object.values(settings).map(({ name }) => [name, " \t"]));
    assert.deepEqual(read(blank), read({}));
    assert.strictEqual(read({ PORT: " 80 " }).port, 80);
  });

  it("says everything that is wrong at once, in its own order, and what does not fit together of the rest", () => {
    const env = {
      SMTP_URL: "mail.example.com",
      PORT: "eighty",
      DATABASE_URL: "mysql://db/countersign",
      COUNTERSIGN_DNS: "off",
      COUNTERSIGN_DNSBL: "surbl",
      COUNTERSIGN_QUORUM: "0",
      COUNTERSIGN_DKIM_DOMAIN: "acme.example",
      COUNTERSIGN_WITNESSES: "w.example key",
      COUNTERSIGN_QOURUM: "2",
    };
    const { problems } = Result.getOrThrow(Result.flip(Effect.runSync(Effect.result(readServerSettings(env)))));
    assert.deepEqual(
      problems.map((problem) => /^\w+/.exec(problem)?.[0]),
      [
        "SMTP_URL",
        "PORT",
        "DATABASE_URL",
        "COUNTERSIGN_QUORUM",
        "COUNTERSIGN_WITNESSES",
        "COUNTERSIGN_DNSBL",
        "COUNTERSIGN_DKIM_DOMAIN",
        "COUNTERSIGN_QOURUM",
      ],
    );
    for (const problem of problems) assert.match(problem, /^[^\n]+[.?]$/);
  });

  it("asks where mail goes only for what sends some", () => {
    assert.deepEqual(problemsOf({ SMTP_URL: "mail.example.com" }), []);
    const sent = Effect.runSync(readServerSettings({ SMTP_URL: "smtp://127.0.0.1:25" }));
    assert.strictEqual(sent.smtp, "smtp://127.0.0.1:25");
  });
});

describe("an operator's key", () => {
  it("is what a request may show, no less and no more", () => {
    for (const tail of [
      "a".repeat(7),
      "a".repeat(8),
      "a".repeat(200),
      "a".repeat(248),
      "a".repeat(249),
      "abc!defgh",
      "a b c d e",
      "ümläut-ü",
    ]) {
      const key = `mm_live_${tail}`;
      const problems = problemsOf({ COUNTERSIGN_OPERATOR_KEY: key });
      assert.strictEqual(problems.length === 0, isKeyShaped(key), key);
      assert.notInclude(problems.join(), tail);
    }
    assert.strictEqual(
      only({ COUNTERSIGN_OPERATOR_KEY: "secret" }),
      "COUNTERSIGN_OPERATOR_KEY: write mm_live_ and 8 to 248 visible ASCII characters.",
    );
    assert.include(settings.operatorKey.meaning, "mm_live_ and 8 to 248 visible ASCII characters");
  });
});

describe("a value", () => {
  it.each([
    ["PORT", "65536", /write a whole number from 0 to 65535, not "65536"/],
    ["PORT", "1e3", /whole number/],
    ["COUNTERSIGN_QUORUM", "17", /from 1 to 16/],
    ["COUNTERSIGN_DECISION_WINDOW", "59", /from 60 to 31622400/],
    ["COUNTERSIGN_HOLD_ABOVE", "1.1", /a number from 0 to 1/],
    ["COUNTERSIGN_HOLD_ABOVE", "-0", /a number from 0 to 1/],
    ["COUNTERSIGN_CLAIM_SECONDS", "NaN", /a number from 0.1 to 3600/],
    ["COUNTERSIGN_HOLD_UNKNOWN", "true", /write on or off, not "true"/],
    ["COUNTERSIGN_LOG_CHECK", "no", /write on or off/],
    ["COUNTERSIGN_LOG_ENTRIES", "secret", /write private or public/],
    ["COUNTERSIGN_KEY", "too short", /openssl rand -base64 32/],
    ["COUNTERSIGN_OPERATOR_DOMAIN", "-acme.example", /no hyphen at either end/],
    ["COUNTERSIGN_OPERATOR_DOMAIN", "localhost", /such as example\.com/],
    ["COUNTERSIGN_LOG_ORIGIN", "acme.example/log 1", /no blanks, no plus sign/],
    ["DATABASE_URL", ":memory:", /sqlite:\.\/countersign\.db/],
    ["COUNTERSIGN_WITNESSES", "https://w.example", /key of the witness/],
  ])("%s=%s is refused with what to write", (name, value, instead) => {
    const problem = only({ [name]: value });
    assert.match(problem, instead);
    assert.isTrue(problem.startsWith(`${name}: `), problem);
  });

  it("that is a secret is not repeated", () => {
    for (const name of ["COUNTERSIGN_OPERATOR_KEY", "COUNTERSIGN_KEY", "DATABASE_URL"])
      assert.notInclude(only({ [name]: "mysql://user:hunter2@db" }), "hunter2");
  });

  it("of a domain is its one spelling", () => {
    assert.strictEqual(read({ COUNTERSIGN_OPERATOR_DOMAIN: "Acme.Example" }).operatorDomain, "acme.example");
    assert.strictEqual(read({ COUNTERSIGN_OPERATOR_DOMAIN: "bücher.example" }).operatorDomain, "xn--bcher-kva.example");
    assert.strictEqual(read({ COUNTERSIGN_OPERATOR_DOMAIN: "acme.example" }).origin, "acme.example/log");
    const long = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(60)}`;
    assert.match(only({ COUNTERSIGN_OPERATOR_DOMAIN: long }), /COUNTERSIGN_LOG_ORIGIN/);
    assert.deepEqual(problemsOf({ COUNTERSIGN_OPERATOR_DOMAIN: long, COUNTERSIGN_LOG_ORIGIN: "acme/log" }), []);
  });

  it("stands beside the database where nothing else is said", () => {
    const at = (database: string) => {
      const { sealingKey, checkpointFile } = read({ DATABASE_URL: database });
      return [sealingKey.file, checkpointFile];
    };
    const there = ["/var/lib/c/countersign.key", "/var/lib/c/house.db.checkpoint"];
    for (const url of ["/var/lib/c/house.db", "sqlite:/var/lib/c/house.db", "file:///var/lib/c/house.db"])
      assert.deepEqual(at(url), there, url);
    assert.deepEqual(at("postgres://u@db/c"), ["countersign.key", "countersign.checkpoint"]);
    const key = Buffer.alloc(32, 7).toString("base64");
    assert.isNull(read({ DATABASE_URL: "postgres://u@db/c", COUNTERSIGN_KEY: key }).checkpointFile);
  });
});

describe("the disclosure", () => {
  it("is a sentence, on or off; a word alone is none", () => {
    assert.isNull(read({ COUNTERSIGN_DISCLOSURE: "off" }).disclosure);
    assert.include(read({ COUNTERSIGN_DISCLOSURE: "on" }).disclosure!, "{operator}");
    for (const sentence of [
      "{agent} of {operator} is a program.",
      "KI-Text.\nOhne Gewähr.",
      "本邮件由人工智能代理撰写。",
    ])
      assert.strictEqual(read({ COUNTERSIGN_DISCLOSURE: sentence }).disclosure, sentence);
    for (const word of ["false", "off.", "no", "No", "none", "0", "OFF", "true", "disabled", "{agent}"]) {
      const problem = only({ COUNTERSIGN_DISCLOSURE: word });
      assert.match(problem, /^COUNTERSIGN_DISCLOSURE: write off for none, on for /);
    }
  });

  it("that no message could carry, or that fills in nothing, is refused", () => {
    assert.match(only({ COUNTERSIGN_DISCLOSURE: "Written by {agnet} for us." }), /\{agnet\}; write \{agent\} or/);
    assert.match(only({ COUNTERSIGN_DISCLOSURE: "a bell \u0007 rings" }), /control character/);
  });
});

describe("a list", () => {
  it("of known domains is taken when every item can be watched", () => {
    const { knownDomains } = read({ COUNTERSIGN_KNOWN_DOMAINS: "acme-corp.com , Bücher.example,mail.partner.co.uk" });
    assert.deepEqual(knownDomains, ["acme-corp.com", "xn--bcher-kva.example", "mail.partner.co.uk"]);
    for (const domain of knownDomains) assert.isNotNull(readDomain(domain).registrable);
  });

  it.each([
    ["an empty item", "a.example,,b.example", /an item is empty/],
    ["a comma at its end", "a.example,", /an item is empty/],
    ["a duplicate", "a.example,b.example,A.Example", /a\.example is there twice/],
    ["blanks for commas", "a.example b.example", /"a\.example b\.example" is no domain/],
    ["the name of a file", "/etc/known.txt", /no domain/],
    ["an address", "ann@a.example", /no domain/],
    ["a whole URL", "https://a.example", /no domain/],
    ["a suffix", "co.uk", /Write the domain below it/],
    ["one label", "acme", /such as example\.com/],
  ])("of known domains with %s is refused: nothing would watch it", (_, value, says) => {
    assert.match(only({ COUNTERSIGN_KNOWN_DOMAINS: value }), says);
  });

  it("says what is wrong with each of its items", () => {
    const problems = problemsOf({ COUNTERSIGN_KNOWN_DOMAINS: "co.uk,,acme,a.example,a.example" });
    assert.lengthOf(problems, 4, problems.join("\n"));
    for (const problem of problems) assert.isTrue(problem.startsWith("COUNTERSIGN_KNOWN_DOMAINS: "));
  });

  it("of witnesses has none twice", () => {
    const witness = `https://w.example ${cosigner}`;
    assert.lengthOf(read({ COUNTERSIGN_WITNESSES: `${witness}, https://v.example ${cosigner}` }).witnesses, 2);
    assert.match(only({ COUNTERSIGN_WITNESSES: `${witness}, ${witness}` }), /https:\/\/w\.example is there twice/);
    assert.match(only({ COUNTERSIGN_WITNESSES: `${witness},` }), /an item is empty/);
  });
});

describe("DKIM", () => {
  const pem = (name: string, key: KeyObject, passphrase?: string): string => {
    const cipher = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
    writeFileSync(join(folder, name), key.export({ type: "pkcs8", format: "pem", ...cipher } as never));
    return join(folder, name);
  };
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ed25519 = generateKeyPairSync("ed25519");
  const files = {
    rsa: pem("rsa.pem", rsa.privateKey),
    ed: pem("ed.pem", ed25519.privateKey),
    weak: pem("weak.pem", generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey),
    curve: pem("curve.pem", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey),
    locked: pem("locked.pem", ed25519.privateKey, "secret"),
    none: join(folder, "none.pem"),
    public: join(folder, "public.pem"),
  };
  writeFileSync(files.public, ed25519.publicKey.export({ type: "spki", format: "pem" }));
  const dkim = (change: Env): Env => ({
    COUNTERSIGN_DKIM_DOMAIN: "acme.example",
    COUNTERSIGN_DKIM_KEY_FILE: files.ed,
    ...change,
  });

  it("signs with each key under its selector", () => {
    const { dkim: keys } = read(
      dkim({
        COUNTERSIGN_DKIM_KEY_FILE: `${files.rsa}, ${files.ed}`,
        COUNTERSIGN_DKIM_SELECTOR: "r1,e1.mail",
        COUNTERSIGN_DKIM_DOMAIN: "Acme.Example",
      }),
    );
    assert.deepEqual(
      keys.map(({ domain, selector, algorithm }) => [domain, selector, algorithm]),
      [
        ["acme.example", "r1", "rsa-sha256"],
        ["acme.example", "e1.mail", "ed25519-sha256"],
      ],
    );
    assert.strictEqual(read(dkim({})).dkim[0]?.selector, "countersign");
    assert.deepEqual(read({}).dkim, []);
  });

  it.each([
    [
      "a domain with a bad label",
      { COUNTERSIGN_DKIM_DOMAIN: "-acme.example" },
      /^COUNTERSIGN_DKIM_DOMAIN: .*no domain/,
    ],
    ["a domain of one label", { COUNTERSIGN_DKIM_DOMAIN: "acme" }, /such as example\.com/],
    ["a selector with an underscore", { COUNTERSIGN_DKIM_SELECTOR: "my_key" }, /^COUNTERSIGN_DKIM_SELECTOR: "my_key"/],
    ["a selector with an empty label", { COUNTERSIGN_DKIM_SELECTOR: "a..b" }, /not a DNS name/],
    ["a selector whose label ends in a hyphen", { COUNTERSIGN_DKIM_SELECTOR: "a-.b" }, /not a DNS name/],
    ["a selector too many", { COUNTERSIGN_DKIM_SELECTOR: "a,b" }, /one selector for each file .*: 1 in the same order/],
    ["a selector twice", { COUNTERSIGN_DKIM_SELECTOR: "a,A" }, /a is there twice/],
    ["no key", { COUNTERSIGN_DKIM_KEY_FILE: "" }, /COUNTERSIGN_DKIM_KEY_FILE is not/],
    ["a key alone", { COUNTERSIGN_DKIM_DOMAIN: "" }, /COUNTERSIGN_DKIM_DOMAIN is not/],
    ["an unreadable key", { COUNTERSIGN_DKIM_KEY_FILE: files.none }, /none\.pem cannot be read \(ENOENT\)/],
    ["a folder", { COUNTERSIGN_DKIM_KEY_FILE: folder }, /cannot be read \(EISDIR\)/],
    ["a public key", { COUNTERSIGN_DKIM_KEY_FILE: files.public }, /no private key/],
    ["a key under a passphrase", { COUNTERSIGN_DKIM_KEY_FILE: files.locked }, /without a passphrase/],
    ["a short key", { COUNTERSIGN_DKIM_KEY_FILE: files.weak }, /too short.*2048 bits or more/],
    ["a key of a curve DKIM has not", { COUNTERSIGN_DKIM_KEY_FILE: files.curve }, /neither RSA nor Ed25519/],
    ["a key twice", { COUNTERSIGN_DKIM_KEY_FILE: `${files.ed},${files.ed}` }, /is there twice/],
  ])("with %s is refused, for mail would wait for ever", (_, change, says) => {
    assert.match(only(dkim(change as Env)), says);
  });

  it("with a selector alone is refused for both that are missing", () => {
    assert.deepEqual(problemsOf({ COUNTERSIGN_DKIM_SELECTOR: "a" }), [
      "COUNTERSIGN_DKIM_SELECTOR is set, but COUNTERSIGN_DKIM_DOMAIN is not. Set both, or neither.",
      "COUNTERSIGN_DKIM_SELECTOR is set, but COUNTERSIGN_DKIM_KEY_FILE is not. Set both, or neither.",
    ]);
  });
});

describe("a variable that is no setting", () => {
  it.each([
    ["COUNTERSIGN_QOURUM", "COUNTERSIGN_QUORUM"],
    ["COUNTERSIGN_SMTP_URL", "SMTP_URL"],
    ["COUNTERSIGN_DATABASE", "DATABASE_URL"],
    ["COUNTERSIGN_SMTP", "SMTP_URL"],
    ["COUNTERSIGN_DKIM_KEY", "COUNTERSIGN_DKIM_KEY_FILE"],
    ["COUNTERSIGN_DKIM_SELECTORS", "COUNTERSIGN_DKIM_SELECTOR"],
    ["COUNTERSIGN_KNOWN_DOMAIN", "COUNTERSIGN_KNOWN_DOMAINS"],
    ["COUNTERSIGN_OPERATOR_DOMAINS", "COUNTERSIGN_OPERATOR_DOMAIN"],
    ["countersign_disclosure", "COUNTERSIGN_DISCLOSURE"],
  ])("%s is refused, with the nearest that is one", (name, near) => {
    assert.strictEqual(only({ [name]: "2" }), `${name} is no setting of this version: did you mean ${near}?`);
  });

  it("is refused without a guess where none is near, and left alone where it is not ours", () => {
    assert.strictEqual(only({ COUNTERSIGN_FOO: "1" }), "COUNTERSIGN_FOO is no setting of this version. Remove it.");
    assert.strictEqual(only({ [`COUNTERSIGN_${"X".repeat(5000)}`]: "1" }).endsWith("Remove it."), true);
    assert.deepEqual(problemsOf({ PATH: "/bin", SMTP_URI: "x", MY_COUNTERSIGN_KEY: "x" }), []);
  });

  it("is not one that the command line reads", () => {
    assert.deepEqual(problemsOf({ COUNTERSIGN_API_KEY: "mm_live_x" }), []);
  });
});
