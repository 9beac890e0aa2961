import { describe, expect, it } from "vitest";
import { reverseName } from "../../src/dns/reverseName.ts";

const v6 = (digits: string): string => `${[...digits].join(".")}.ip6.arpa`;

describe("reverseName", () => {
  it.each([
    ["192.0.2.1", "1.2.0.192.in-addr.arpa"],
    ["2001:db8::567:89ab", v6("ba9876500000000000000000" + "8bd01002")],
    ["::", v6("0".repeat(32))],
    ["::1", v6("1" + "0".repeat(31))],
    ["2001:DB8:1:2:3:4:5:6", v6("6000500040003000200010008bd01002")],
    ["::ffff:192.0.2.1", v6("1020000cffff" + "0".repeat(20))],
  ])("of %s", (address, name) => expect(reverseName(address)).toBe(name));

  it.each(["", "a.example", "192.0.2", "192.0.2.256", "0x7f.1", "[::1]", "fe80::1%eth0", "1.2.3.4/8"])(
    "is none for %j",
    (address) => expect(reverseName(address)).toBeNull(),
  );
});
