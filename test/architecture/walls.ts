/** The plan of the house: which room may import which, and which library lives where (the storeys are told in `spec/guide/change.md`). */

/** Every room and what it may import beside itself: a room, a part of one, or one file. Files directly in `src/` are rooms of one. */
export const walls: Readonly<Record<string, readonly string[]>> = {
  // Ground.
  model: [],
  packaged: [],
  bytes: [],
  dns: [],
  net: [],
  // Pure.
  machine: ["model"],
  mail: ["bytes"],
  identity: ["bytes", "mail", "model"],
  audit: ["bytes", "identity", "model"],
  siem: ["audit", "bytes"],
  report: ["audit", "bytes", "model"],
  index: ["bytes", "model", "machine", "mail", "identity", "risk", "audit"],
  // Known and kept.
  risk: ["model", "mail/address", "dns", "net"],
  store: ["model"],
  contracts: ["model", "audit", "risk"],
  accounts: ["model", "store", "contracts/errors"],
  correspondence: ["model", "store", "accounts", "contracts/errors", "mail/address"],
  // Acts.
  oversight: ["model", "bytes", "machine", "mail", "identity", "risk", "audit", "store", "accounts", "contracts"],
  log: ["model", "bytes", "audit", "siem", "identity", "store", "accounts", "contracts", "net", "packaged"],
  delivery: ["model", "contracts"],
  // Faces.
  http: ["model", "accounts", "contracts/errors"],
  requests: ["model", "bytes", "contracts"],
  rest: ["model", "http", "requests", "contracts", "accounts", "correspondence", "risk/explain", "audit"],
  server: [
    "model",
    "mail",
    "identity",
    "risk",
    "store",
    "contracts",
    "accounts",
    "correspondence",
    "oversight",
    "log",
    "delivery",
    "http",
    "rest",
    "dns",
    "net",
  ],
  cli: ["index", "model", "server", "report", "identity", "risk", "mail", "contracts", "packaged"],
};

/** Libraries that live in certain rooms only. */
export const homes: readonly (readonly [library: RegExp, rooms: readonly string[]])[] = [
  [/^xstate/, ["machine"]],
  [/^(smtp-server|mailauth|postal-mime)/, ["intake", "cli"]],
  [/^(effect\/sql|@effect\/sql|node:sqlite)/, ["store"]],
  [/^effect\/http(\/|-api|$)/, ["http", "rest", "server"]],
  [/^effect\/cli/, ["cli"]],
  [/^@effect\/platform-node/, ["http", "server", "cli"]],
  [/^marked/, ["mail"]],
  [/^node:dns/, ["dns"]],
  [/^node:https?$/, ["net", "http"]],
  [/^(tldts|disposable-email-domains-js|mailchecker|unhomoglyph)/, ["risk"]],
  [/^@noble\//, ["bytes", "identity", "audit"]],
];
