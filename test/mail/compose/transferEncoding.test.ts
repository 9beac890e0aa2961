/** Bodies in 7 bits, octet by octet: which encoding a text gets at each bound, and where its lines are broken (RFC 2045 6). */
import { describe, expect, it } from "vitest";
import { base64Lines, canonicalLines, encodeText } from "../../../src/mail/compose/transferEncoding.ts";

const a = (n: number): string => "a".repeat(n);

describe("canonicalLines", () => {
  it.each([
    ["", "\r\n"],
    ["a", "a\r\n"],
    ["a\n", "a\r\n"],
    ["a\r", "a\r\n"],
    ["a\nb\rc\r\nd\n\re", "a\r\nb\r\nc\r\nd\r\n\r\ne\r\n"],
  ])("%j becomes %j", (text, wanted) => {
    expect(canonicalLines(text)).toBe(wanted);
  });
});

describe("encodeText", () => {
  it.each([
    "\r\n",
    "a\r\n\r\nb\r\n",
    "\ta b\tc~!\r\n",
    " a\r\n",
    `${a(76)}\r\n${a(76)}\r\n`,
    "From\r\n",
    "x From y\r\nFromage z\r\n",
    "=?\r\n",
  ])("leaves %j as it is", (text) => {
    expect(encodeText(text)).toEqual({ encoding: "7bit", body: text });
  });

  it.each([
    ["a\r\nb \r\n", "a\r\nb=20\r\n"],
    ["b\t\r\n", "b=09\r\n"],
    [" \r\n", "=20\r\n"],
    ["From a\r\nb\r\n", "=46rom a\r\nb\r\n"],
    ["a\r\nFrom b From c\r\n", "a\r\n=46rom b =46rom c\r\n"],
    ["Frog Fr Fro From\tFrom. b \r\n", "Frog Fr Fro From\tFrom. b=20\r\n"],
    ["Foom Frim Fron xrom From. \r\n", "Foom Frim Fron xrom From.=20\r\n"],
    ["a=b\t~! \r\n", "a=3Db\t~!=20\r\n"],
    // A line has 75 columns and its soft break, 76.
    [`${a(77)}\r\n`, `${a(75)}=\r\naa\r\n`],
    [`${a(75)} \r\n`, `${a(75)}=\r\n=20\r\n`],
    [`${a(73)}==\r\n${a(77)}\r\n`, `${a(73)}=\r\n=3D=3D\r\n${a(75)}=\r\naa\r\n`],
    [`${a(72)}==\r\n${a(77)}\r\n`, `${a(72)}=3D=\r\n=3D\r\n${a(75)}=\r\naa\r\n`],
    // Octets that are no lines: not canonical, and still no octet is lost.
    ["a", "a"],
    ["a ", "a=20"],
    ["a\t", "a=09"],
    ["a\rb \r\n", "a=0Db=20\r\n"],
    ["a\nb \r\n", "a=0Ab=20\r\n"],
    ["a \rb \r\n", "a =0Db=20\r\n"],
    ["a\r\n\u0000\u000f\u0010\u007fbcdefghi\r\n", "a\r\n=00=0F=10=7Fbcdefghi\r\n"],
    ["é~~~~\r\n", "=C3=A9~~~~\r\n"],
    ["aé.\r\nbcdefghi ~\r\n", "a=C3=A9.\r\nbcdefghi ~\r\n"],
  ])("writes %j as quoted-printable %j", (text, wanted) => {
    expect(encodeText(text)).toEqual({ encoding: "quoted-printable", body: wanted });
  });

  it("takes base64 from a third of octets outside ASCII on", () => {
    expect(encodeText("é12\r\n")).toEqual({ encoding: "base64", body: "w6kxMg0K" });
    expect(encodeText("é123\r\n").encoding).toBe("quoted-printable");
    expect(encodeText("\u007f\u007f\u007f\u007f\r\n").encoding).toBe("base64");
  });
});

describe("base64Lines", () => {
  it.each([
    [0, 0],
    [57, 1],
    [58, 2],
    [114, 2],
    [115, 3],
  ])("%i octets", (octets, lines) => {
    const written = base64Lines(new Uint8Array(octets).fill(7));
    expect(written.split("\r\n").filter((line) => line !== "")).toHaveLength(lines);
    expect(written.endsWith("\r\n")).toBe(false);
    for (const line of written.split("\r\n").slice(0, -1)) expect(line).toHaveLength(76);
    expect(Buffer.from(written, "base64").equals(Buffer.alloc(octets, 7))).toBe(true);
  });
});
