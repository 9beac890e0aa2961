#!/usr/bin/env python3
"""A client of the conformance suite at the core level, written from spec/ alone; Python's standard library and nothing else.

It reads spec/transitions.json and the table of weights in spec/scoring.md as data, so it has no rules of its own: what it adds are
the meanings of the facts, the octets of signing.md, and P-256 on Python's integers. It is a check of the specification, not a product.
"""
import base64, hashlib, json, os, re, struct, sys

SPEC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "spec")
TABLE = json.load(open(os.path.join(SPEC, "transitions.json"), encoding="utf-8"))
ROWS = {(r["status"], r["event"], r["class"]): r for r in TABLE["rows"]}
SET_MODE = {(r["mode"], r["role"], r["target"]): r for r in TABLE["set_mode"]}
MODES = TABLE["modes"]
WEIGHTS = {m[1]: (int(m[2]), m[3]) for m in re.finditer(
    r"^\| `(\w+)`\s+\|\s+(\d+) \| (?:`(\w+)`)?\s*\|$", open(os.path.join(SPEC, "scoring.md"), encoding="utf-8").read(), re.M)}
class Refused(Exception): """An error class of the protocol, and where the message or mailbox was."""

def refuse(condition, *reason):
    if condition: raise Refused(*reason)

# --- modes.md, lifecycle.md, decisions.md ---------------------------------------------------------------------------

def strictest(*modes): return MODES[min(MODES.index(m) if isinstance(m, str) and m in MODES else 0 for m in modes)]

def effective_mode(mailbox, requested, held, halted):
    return strictest(mailbox, "autonomous" if requested is None else requested, "gated_send" if held else "autonomous", "read_only" if halted else "autonomous")

def taken(a, e): return a["reviewer"] == e.get("reviewer") and e.get("key", a["credential"]) == a["credential"]
class World:
    def __init__(self):
        self.tenants, self.mailboxes, self.messages, self.now = {}, {}, {}, 0
    def live(self, m, at):
        age, revoked = self.mailboxes[m["mailbox"]]["policy"]["approvalMaxAge"], self.tenants[m["tenant"]]["revoked"]
        return [a for a in m["approvals"] if a["digest"] == m["digest"] and a["reviewer"] not in (m["author"], m["owner"])
                and a["reviewer"] not in revoked and at < a["at"] + age]
    def decide(self, e):
        self.now = max(self.now, e["at"])
        try:
            return self.message(e) if "message" in e else self.mailbox(e) if "mailbox" in e else self.tenant(e)
        except Refused as refusal:
            return {"from": refusal.args[1] if len(refusal.args) > 1 else None, "refusal": refusal.args[0]}
    def tenant(self, e):
        kind, role, t = e["type"], e["actor"]["role"], self.tenants.get(e["tenant"])
        refuse(kind == "create_tenant" and t is not None, "exists")
        refuse(kind != "create_tenant" and t is None, "unknown_tenant")
        refuse(role != "operator" and not (role == "system" and kind in ("create_tenant", "create_key")), "not_permitted")
        if kind == "create_tenant": self.tenants[e["tenant"]] = {"halted": False, "revoked": []}
        elif kind in ("halt", "resume"):
            refuse(t["halted"] == (kind == "halt"), "no_change")
            t["halted"] = kind == "halt"
        elif kind in ("revoke_reviewer", "reinstate_reviewer"):
            refuse((e["reviewer"] in t["revoked"]) == (kind == "revoke_reviewer"), "no_change")
            t["revoked"] = sorted(set(t["revoked"]) ^ {e["reviewer"]})
        refuse(kind == "create_key" and {"send", "oversight"} <= set(e["scopes"]), "not_permitted")
        return {"from": None, "to": None, "commands": []}
    def mailbox(self, e):
        refuse(e["tenant"] not in self.tenants, "unknown_tenant")
        box, role = self.mailboxes.get(e["mailbox"]), e["actor"]["role"]
        if e["type"] == "create_mailbox":
            refuse(role != "operator", "not_permitted")
            refuse(box is not None, "exists")
            self.mailboxes[e["mailbox"]] = {"tenant": e["tenant"], "mode": e["mode"], "policy": e["policy"]}
            return {"from": None, "to": e["mode"], "commands": []}
        refuse(box is None or box["tenant"] != e["tenant"], "unknown_mailbox")
        before = box["mode"]
        policy_row = {"next": before} if role == "operator" else {"refusal": "not_permitted"}
        row = policy_row if e["type"] == "set_policy" else SET_MODE[before, role, e["mode"]]
        refuse("refusal" in row, row.get("refusal"), before)
        box.update(mode=row["next"], policy=e.get("policy", box["policy"]))
        return {"from": before, "to": box["mode"], "commands": []}
    def facts(self, e, m, box, tenant, mode):
        kind, at, who, quorum, age = e["type"], e["at"], e["actor"]["principal"], box["policy"]["quorum"], box["policy"]["approvalMaxAge"]
        live = {a["reviewer"] for a in self.live(m, at)}
        fresh, blocked = kind in ("submit", "revise"), e.get("verdict", m["verdict"])["blocked"]
        kept = {a["reviewer"] for a in self.live(m, at) if not taken(a, e)}
        counted = kept if kind == "revoke" else {who} if kind == "resolve" else live | {who}
        approved = kind != "resolve" and not fresh and len(live) >= quorum
        return {
            "role": e["actor"]["role"], "outcome": e.get("outcome", "none"), "self": who in (m["author"], m["owner"]),
            "other_owner": kind == "revise" and "owner" in e and e["actor"]["role"] == "agent" and m["status"] != "new" and e["owner"] != m["owner"],
            "revoked": who in tenant["revoked"], "current": (e.get("base") or e.get("digest")) == m["digest"],
            "lapsed": at >= m["decide_by"] if m["status"] == "pending_approval" else
            len(live) < quorum and any(at >= a["at"] + age for a in m["approvals"]),
            "blocked": blocked, "halted": tenant["halted"], "read_only": mode == "read_only", "repeated": who in live,
            "complete": len(counted) >= quorum,
            "clear": mode != "read_only" and not blocked and (approved or mode in ("monitored", "autonomous")),
            "due": e.get("sendAt", m["send_at"]) <= at, "copied": mode == "monitored", "attempt": e.get("attempt") == m["attempt"],
            "approver": any(taken(a, e) for a in m["approvals"])}
    def message(self, e):
        refuse(e["tenant"] not in self.tenants, "unknown_tenant")
        box, tenant, kind = self.mailboxes.get(e["mailbox"]), self.tenants[e["tenant"]], e["type"]
        m = self.messages.get(e["message"]) or {
            "status": "new", "tenant": e["tenant"], "mailbox": e["mailbox"], "author": e["actor"]["principal"], "owner": None, "digest": None, "requested": None,
            "send_at": 0, "verdict": {"held": False, "blocked": False}, "decide_by": 0, "approvals": [], "attempt": 0}
        refuse(box is None or box["tenant"] != e["tenant"] or (m["tenant"], m["mailbox"]) != (e["tenant"], e["mailbox"]), "unknown_mailbox")
        mode = effective_mode(box["mode"], e.get("requestedMode", m["requested"]), e.get("verdict", m["verdict"])["held"], tenant["halted"])
        facts, before = self.facts(e, m, box, tenant, mode), m["status"]
        name = next(c["class"] for c in TABLE["events"][kind]["classes"]
                    if all(facts[f] in want if isinstance(want, list) else facts[f] == want for f, want in c["when"].items()))
        row = ROWS[before, kind, name]
        refuse("next" not in row, row.get("refusal"), before)
        live, own = self.live(m, e["at"]), {"reviewer": e["actor"]["principal"], "credential": e["actor"]["credential"], "digest": m["digest"], "at": e["at"]}
        m.update({"author": e["actor"]["principal"], "owner": e["owner"]} if kind == "submit" else {})
        if kind in ("submit", "revise"):
            m.update(digest=e["digest"], requested=e["requestedMode"], send_at=e["sendAt"], approvals=[])
        elif kind == "approve": m["approvals"] = live + [own]
        elif kind == "revoke": m["approvals"] = [a for a in m["approvals"] if not taken(a, e)]
        elif kind == "resolve": m["approvals"] = [own] if e["actor"]["role"] == "reviewer" else []
        elif kind == "dispatch" and row["next"] == "pending_approval": m["approvals"] = [] if name == "blocked" else live
        m["attempt"] += kind == "dispatch" and row["next"] == "dispatching"
        if kind in ("submit", "revise") or row["next"] == "pending_approval" != before:
            m["decide_by"] = e["at"] + box["policy"]["decisionWindow"]
        m["verdict"] = e["verdict"] if kind in ("submit", "revise", "dispatch", "resolve") else m["verdict"]
        m["status"], self.messages[e["message"]] = row["next"], m
        shown = {"from": before, "to": m["status"], "commands": row["commands"]}
        return dict(shown, mode=mode) if kind in ("submit", "revise", "dispatch") else shown
    def state(self):
        def shown(m):
            unsent = m["status"] in ("pending_approval", "scheduled", "queued")
            return {"status": m["status"], "digest": m["digest"], "attempt": m["attempt"],
                    "decide_by": m["decide_by"] if m["status"] == "pending_approval" else None,
                    "approvals": sorted({a["reviewer"] for a in self.live(m, self.now)}) if unsent else []}
        return {"tenants": self.tenants, "messages": {k: shown(m) for k, m in self.messages.items()},
                "mailboxes": {k: {"mode": strictest(b["mode"]), "policy": b["policy"]} for k, b in self.mailboxes.items()}}

def run(before, events):
    world = World()
    return {"outcomes": [world.decide(event) for event in before + events][len(before):], "state": world.state()}

# --- signing.md -----------------------------------------------------------------------------------------------------

def octets(value): return value.encode("utf-8") if isinstance(value, str) else value
def fields(domain, *values): return b"".join(struct.pack(">I", len(o)) + o for o in map(octets, (domain,) + values))
def sha256(data): return hashlib.sha256(data).digest()
def b64(data): return base64.b64encode(data).decode()
def b64url(data): return base64.urlsafe_b64encode(data).decode().rstrip("=")

def digest(mailbox, send_at, to, raw, **rest):
    refuse(not isinstance(send_at, int) or not 0 <= send_at < 2 ** 53, "no_digest")
    def item(value): return struct.pack(">Q", len(octets(value))) + octets(value)
    try:
        data = item("countersign/content/v1") + item(mailbox) + struct.pack(">Q", send_at) + item(rest["from"])
        data += struct.pack(">Q", len(to)) + b"".join(map(item, to)) + item(base64.b64decode(raw))
    except UnicodeEncodeError:
        raise Refused("no_digest")
    return {"digest": "sha256:" + hashlib.sha256(data).hexdigest()}
class Message:
    """Header fields as octets (latin-1 text), unfolded and with runs of blanks made one; and the body hash."""
    def __init__(self, raw):
        head, _, body = base64.b64decode(raw).decode("latin-1").partition("\r\n\r\n")
        self.fields = [(n.lower(), re.sub(r"[ \t]+", " ", v).strip(" ")) for n, _, v in
                       (line.partition(":") for line in re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n") if line)]
        self.body_hash = b64(sha256(re.sub(r"(\r\n)+\Z", "", body).encode("latin-1") + b"\r\n"))
    def values(self, name): return [v for n, v in self.fields if n == name]
    def one(self, name, default=None):
        values = self.values(name) or ([] if default is None else [default])
        refuse(len(values) != 1, "unsignable_message")
        return values[0]
    def mid(self):
        match = re.fullmatch(r"<([!#-:=?-\[\]-~]+@[!#-:=?-\[\]-~]+)>", self.one("message-id"))
        refuse(not match, "unsignable_message")
        return match[1]
    def addresses(self, name, default=None):
        pieces = re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', re.sub(r"\A[A-Za-z0-9 -]+: ?;\Z", "", self.one(name, default)))
        return [re.search(r"<([^<>]+)>\s*$|([^\s<>]+)\s*$", p)[0].strip("<> ").lower() for p in pieces]
MUST_SIGN = "from sender reply-to to cc subject date message-id mime-version content-type content-transfer-encoding".split()
FOLDABLE = ["subject_hash", "rcpt", "mid", "from", "mailbox", "agent"]

def agent_octets(raw, statement, h):
    s, message = statement, Message(raw)
    refuse(not re.fullmatch(r"[A-Za-z0-9._-]{1,128}", s["agent"]) or len(set(h)) != len(h) or not set(MUST_SIGN) <= set(h), "bad_value")
    values = ["1", s["kid"], s["agent"], str(s["ts"]), s["sig"], message.mid(), message.body_hash, ":".join(h)]
    for name in h:
        values += [name, str(len(message.values(name)))] + [v.encode("latin-1") for v in message.values(name)]
    return {"statement": b64(octets("%s:%d" % (s["agent"], s["ts"]))), "mid": message.mid(), "bh": message.body_hash,
            "binding": b64(fields("countersign/agent-identity/v1", *values))}

def operator_claims(raw, kid, statement):
    s, message = statement, Message(raw)
    author, to = message.addresses("from"), set(message.addresses("to", "") + message.addresses("cc", ""))
    refuse(len(author) != 1, "unsignable_message")
    hashes = sorted(sha256(fields("countersign/rcpt/v1", s["jti"], a)) for a in to)
    claims = {
        "iss": s["operator"], "oversight_mode": s["oversightMode"], "ai_generated": s["aiGenerated"], "mid": message.mid(), "from": author[0],
        "rcpt": "%d.%s" % (len(to), b64url(sha256(fields("countersign/rcpt-list/v1", *hashes)))),
        "subject_hash": b64url(sha256(message.one("subject", "").encode("latin-1"))), "body_hash": message.body_hash}
    claims.update((name, s[name]) for name in ("operator", "mailbox", "agent", "decision", "iat", "jti", "log"))
    claims.update({"agent_ref": s["agentRef"]} if "agentRef" in s else {})
    header, folded = {"alg": "ES256", "kid": kid, "typ": "agent-mail+jwt"}, []
    for name in FOLDABLE + [None]:
        line = ".".join(b64url(octets(json.dumps(part, separators=(",", ":"), ensure_ascii=False))) for part in (header, claims))
        if len("X-MultiMail-Identity: ") + len(line) + 87 <= 980: return {"header": header, "claims": claims}
        refuse(name is None, "too_long")
        folded += [name, claims.pop(name)]
        claims["folded"] = b64url(sha256(fields("countersign/folded-claims/v1", *folded)))
RESERVED = re.compile(r"""(x-multimail-|x-countersign-|arc-|resent-|list-|mime-|content-).*|x-ai-generated|x-agent-identity|sender
    |dkim-signature|domainkey-signature|received|received-spf|return-path|authentication-results|auto-submitted|bcc|apparently-to
    |delivered-to|envelope-to|from|to|cc|reply-to|subject|date|message-id|in-reply-to|references""", re.X)

# --- P-256 (SEC 1, FIPS 186-5) ------------------------------------------------------------------------------------------

P, N = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296, 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)
def add(a, b):
    """The sum of two affine points; None is the point at infinity."""
    if a is None or b is None: return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0: return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P
def der_integers(sig):
    """r and s of strict DER, or None."""
    match = re.fullmatch(rb"\x30(.)\x02(.)(.*)", sig, re.S)
    if not match or len(sig) - 2 != match[1][0] or match[1][0] > 70: return None
    r, rest = match[3][:match[2][0]], match[3][match[2][0]:]
    if rest[:1] != b"\x02" or len(rest) < 2 or rest[1] != len(rest) - 2: return None
    if any(not i or i[0] >= 0x80 or (len(i) > 1 and i[0] == 0 and i[1] < 0x80) for i in (r, rest[2:])):
        return None
    return int.from_bytes(r, "big"), int.from_bytes(rest[2:], "big")

def verify_signature(public_key_pem, format, message, signature):
    spki, sig = base64.b64decode("".join(public_key_pem.strip().split("\n")[1:-1])), base64.b64decode(signature)
    q = int.from_bytes(spki[27:59], "big"), int.from_bytes(spki[59:], "big")
    refuse(spki[:27].hex() != "3059301306072a8648ce3d020106082a8648ce3d03010703420004" or len(spki) != 91
           or max(q) >= P or (q[1] * q[1] - q[0] ** 3 + 3 * q[0] - B) % P, "malformed_key")
    raw = (int.from_bytes(sig[:32], "big"), int.from_bytes(sig[32:], "big")) if len(sig) == 64 else None
    pair = der_integers(sig) if format == "der" else raw
    if pair is None or not (0 < pair[0] < N and 0 < pair[1] < N): return {"valid": False}
    w, point, sums = pow(pair[1], -1, N), None, (None, G, q, add(G, q))
    u, v = int.from_bytes(sha256(base64.b64decode(message)), "big") * w % N, pair[0] * w % N
    for i in range(255, -1, -1):
        point = add(add(point, point), sums[(u >> i & 1) + 2 * (v >> i & 1)])
    return {"valid": point is not None and point[0] % N == pair[0]}

# --- scoring.md, audit.md -----------------------------------------------------------------------------------------------

def score(weights):
    left = 10000
    for weight in sorted(weights, reverse=True):
        left = left * (10000 - weight) // 10000
    return {"score": 10000 - left}
def judge(domains, threshold):
    worst = max([score([WEIGHTS[n][0] for n in names])["score"] for names in domains], default=0)
    return {"score": worst, "flags": sorted({WEIGHTS[n][1] for names in domains for n in names} - {None}), "held": worst > threshold}
def canonical(value):
    refuse(isinstance(value, float), "not_canonical")
    if isinstance(value, dict):
        keys = sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(canonical(k) + ":" + canonical(value[k]) for k in keys) + "}"
    if isinstance(value, list): return "[" + ",".join(map(canonical, value)) + "]"
    refuse(isinstance(value, str) and re.search("[\ud800-\udfff]", value), "not_canonical")
    return json.dumps(value, ensure_ascii=False)
def node(left, right): return sha256(b"\x01" + left + right)
def tree(hashes):
    if len(hashes) < 2: return hashes[0] if hashes else sha256(b"")
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return node(tree(hashes[:k]), tree(hashes[k:]))
def climb(index, last, old, new, path):
    """RFC 9162 sections 2.1.3.2 and 2.1.4.2: both hashes climb together; an inclusion has only the second. None: the path does not fit."""
    for beside in path:
        if last == 0: return None
        if index & 1 or index == last:
            old, new = node(beside, old), node(beside, new)
            while not index & 1 and index: index, last = index >> 1, last >> 1
        else: new = node(new, beside)
        index, last = index >> 1, last >> 1
    return None if last else (old.hex(), new.hex())
def hashes(*all): return [bytes.fromhex(one) for one in all] if all and {len(one) for one in all} == {64} else None
def verify_inclusion(leaf_hash, index, size, path, root):
    way = hashes(leaf_hash, *path)
    end = climb(index, size - 1, b"", way[0], way[1:]) if way and 0 <= index < size else None
    return {"valid": end is not None and end[1] == root}
def verify_consistency(old_size, old_root, size, root, path):
    if not 0 < old_size < size:
        return {"valid": not path and (old_size == 0 or (old_size == size and old_root == root))}
    index, last = old_size - 1, size - 1
    while index & 1: index, last = index >> 1, last >> 1
    way = hashes(*([] if index else [old_root]), *path)
    return {"valid": way is not None and climb(index, last, way[0], way[0], way[1:]) == (old_root, root)}

OPERATIONS = {
    "hello": lambda **_: {"protocol": 1, "name": "countersign-python", "version": "0.1.0", "features": ["lone_surrogates"]},
    "effective_mode": lambda **it: {"mode": effective_mode(**it)}, "canonical": lambda value: {"canonical": canonical(value)},
    "reserved_header": lambda name: {"reserved": RESERVED.fullmatch(name.strip(" \t").lower()) is not None},
    "tree_root": lambda leaves: {"root": tree([sha256(b"\0" + base64.b64decode(one)) for one in leaves]).hex()},
    "run": run, "digest": digest, "agent_octets": agent_octets, "operator_claims": operator_claims, "verify_signature": verify_signature,
    "score": score, "judge": judge, "verify_inclusion": verify_inclusion, "verify_consistency": verify_consistency}

for line in sys.stdin.buffer:
    request = json.loads(line)
    try:
        operation = OPERATIONS.get(request["op"])
        answer = {"ok": operation(**request["given"], **request["input"])} if operation else {"unsupported": request["op"]}
    except Refused as refused:
        answer = {"error": refused.args[0]}
    print(json.dumps({"id": request["id"], **answer}), flush=True)
