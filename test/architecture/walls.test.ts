/**
 * The walls of the house: which room may import which, and which library lives where. That no import goes in a circle, no file is
 * longer than 400 lines, and no function of `src/` than 120, is oxlint's to say (`.oxlintrc.json`).
 * A wall that is never tested is a curtain, so the checker itself is shown to refuse what it must.
 */
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { assert, describe, it } from "vitest";
import { filesIn, importsIn, importsOf, root, roomOf, src, unusedPermissions, type Import } from "./imports.ts";
import { homes, walls } from "./walls.ts";

/** The language of one face: a path of its API, a variable, a command. */
const facesIn = (text: string): readonly string[] =>
  [
    ...text.matchAll(
      /\/v[01]\/[a-z]\S*|COUNTERSIGN_[A-Z]\w*|\bcountersign (?:serve|demo|verify|keys|proofs|audit|export|report|risk|init|doctor|approve|reject)\b/g,
    ),
  ].map(([found]) => found);

/** Why an import may not be, or `null`. */
const objection = ({ file, specifier, names }: Import): string | null => {
  const room = roomOf(file);
  const from = relative(src, file);
  if (!specifier.startsWith(".")) {
    const home = homes.find(([library]) => library.test(specifier));
    return home !== undefined && !home[1].includes(room)
      ? `${from}: ${specifier} lives in ${home[1].join(", ")}`
      : null;
  }
  const target = resolve(dirname(file), specifier);
  if (!target.startsWith(`${src}/`)) return `${from}: ${specifier} is outside src/`;
  if (roomOf(target) === room) return null;
  const place = relative(src, target).replace(/\.ts$/, "");
  const allowed = walls[room];
  if (allowed === undefined) return `${from}: the room ${room} is not on the plan`;
  if (!allowed.some((wall) => place === wall || place.startsWith(`${wall}/`)))
    return `${from}: may not import ${place}`;
  return room !== "oversight" && /\bissue\b/.test(names) && place === "contracts/DeliveryPermit"
    ? `${from}: a DeliveryPermit is issued by oversight/ alone`
    : null;
};

const files = filesIn(src);
const imports = importsIn(files);

const suite = join(root, "conformance");

/** What each part of the conformance suite may import of the repository beside itself: it must judge others and this package alike. */
const suiteWalls: readonly (readonly [part: string, allowed: readonly string[]])[] = [
  ["runner", []],
  ["service", ["conformance/runner"]],
  ["clients/reference", ["src/index.ts"]],
  ["clients/broken", ["conformance/clients/reference"]],
];

const suiteObjections = (part: string, allowed: readonly string[], found: readonly Import[]): readonly string[] =>
  found.flatMap(({ file, specifier }) => {
    if (!specifier.startsWith("."))
      return specifier.startsWith("node:") || part === "service" ? [] : [`${file}: ${specifier}`];
    const target = relative(root, resolve(dirname(file), specifier));
    const own = `conformance/${part}`;
    return [own, ...allowed].some((place) => target === place || target.startsWith(`${place}/`))
      ? []
      : [`${relative(root, file)} may not import ${target}`];
  });

describe("the walls of conformance/", () => {
  it("lets the runner import nothing of src/, and the reference client the public entry alone", () => {
    for (const [part, allowed] of suiteWalls) {
      const found = filesIn(join(suite, part)).flatMap((file) => importsOf(file, readFileSync(file, "utf8")));
      assert.isAbove(found.length, 0, part);
      assert.deepEqual(suiteObjections(part, allowed, found), []);
    }
  });

  it("refuses what it must refuse", () => {
    const refused = (part: string, file: string, line: string) => {
      const allowed = suiteWalls.find(([own]) => own === part)![1];
      return suiteObjections(part, allowed, importsOf(join(suite, part, file), line)).length === 1;
    };
    assert.isTrue(refused("runner", "x.ts", 'import { transition } from "../../src/index.ts";'));
    assert.isTrue(refused("runner", "x.ts", 'import { answer } from "../clients/reference/answer.ts";'));
    assert.isTrue(refused("runner", "x.ts", 'import { Effect } from "effect";'));
    assert.isTrue(refused("clients/reference", "x.ts", 'import { score } from "../../../src/risk/score.ts";'));
    assert.isTrue(refused("clients/broken", "x.ts", 'import { score } from "../../../src/index.ts";'));
    assert.isTrue(refused("service", "x.ts", 'import { serve } from "../../src/cli/serve.ts";'));
  });
});

describe("the walls of src/", () => {
  it("lets each room import its neighbours only, and each library live in its room", () => {
    assert.isAbove(imports.length, 100);
    assert.deepEqual(
      imports.map(objection).filter((it) => it !== null),
      [],
    );
  });

  it("grants no permission that nobody uses", () => {
    assert.deepEqual(unusedPermissions(imports), []);
    assert.deepEqual(unusedPermissions(imports, { model: ["store"], store: ["model"] }), ["model → store"]);
  });

  it("names no route, command or setting outside of the faces", () => {
    const found = files.flatMap((file) =>
      ["rest", "cli", "server"].includes(roomOf(file))
        ? []
        : facesIn(readFileSync(file, "utf8")).map((text) => `${relative(src, file)}: ${text}`),
    );
    assert.deepEqual(found, []);
    assert.lengthOf(facesIn('"POST /v1/resume", "/v0/inboxes", "COUNTERSIGN_DNS", "run countersign keys rotate"'), 4);
    assert.lengthOf(facesIn('"countersign/content/v1", "this log of Countersign"'), 0);
  });

  it("refuses what it must refuse", () => {
    const refused = (file: string, line: string) =>
      importsOf(join(src, file), line)
        .map(objection)
        .every((it) => it !== null);
    assert.isTrue(refused("http/Send.ts", 'import { marked } from "marked";'));
    assert.isTrue(refused("http/Send.ts", 'import { Records } from "../store/Records.ts";'));
    assert.isTrue(refused("machine/x.ts", 'import { canonical } from "../bytes/canonical.ts";'));
    assert.isTrue(refused("model/x.ts", 'import { transition } from "../machine/transition.ts";'));
    assert.isTrue(refused("oversight/x.ts", 'import { createMachine } from "xstate";'));
    assert.isTrue(refused("accounts/x.ts", 'import { SqlClient } from "effect/sql";'));
    assert.isTrue(refused("delivery/x.ts", 'import { issue } from "../contracts/DeliveryPermit.ts";'));
    assert.isTrue(refused("mail/x.ts", 'import { x } from "../../test/x.ts";'));
    assert.isTrue(refused("mail/x.ts", 'const x = import("../store/Records.ts");'));
    assert.isTrue(refused("attic/x.ts", 'import { x } from "../model/Mode.ts";'));
  });

  it("keeps the machines to what the model can say", () => {
    for (const file of filesIn(join(src, "machine"))) {
      const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      assert.notMatch(
        text,
        /\b(after|invoke|spawn\w*|always|history|sendTo|raise|enqueueActions|emit)\s*[:(]|type:\s*"parallel"/,
        file,
      );
    }
  });

  it("keeps the core's own clock and chance out of the pure rooms", () => {
    for (const room of ["model", "machine", "mail", "audit", "risk"]) {
      for (const file of filesIn(join(src, room))) {
        const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
        assert.notMatch(text, /Date\.now|new Date\(\)|Math\.random|randomBytes|randomUUID/, file);
      }
    }
  });
});
