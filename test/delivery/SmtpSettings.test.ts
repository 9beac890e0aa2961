/** SMTP_URL: every part of it, and every way to get it wrong. */
import { Redacted, Result } from "effect";
import { describe, expect, it } from "vitest";
import { isLoopback, parseSmtpUrl } from "../../src/delivery/SmtpSettings.ts";

const read = (url: string) => Result.getOrThrow(parseSmtpUrl(url));

describe("SMTP_URL", () => {
  it("smtp needs STARTTLS on 587, smtps is TLS on 465, this machine needs neither", () => {
    expect(read("smtp://mail.example.com")).toEqual({
      host: "mail.example.com",
      port: 587,
      encryption: "required",
      auth: null,
      ca: null,
      rejectUnauthorized: true,
      name: null,
    });
    expect(read("smtps://mail.example.com/")).toMatchObject({ port: 465, encryption: "implicit" });
    expect(read("smtp://localhost:25")).toMatchObject({ port: 25, encryption: "off" });
    expect(read("smtp://[::1]:25")).toMatchObject({ host: "::1", encryption: "off" });
    expect(read("smtp://127.0.0.1?starttls=required")).toMatchObject({ encryption: "required" });
    expect(read("smtp://mail.example.com?starttls=off")).toMatchObject({ encryption: "off" });
    expect(read("smtp://mail.example.com?starttls=opportunistic")).toMatchObject({ encryption: "opportunistic" });
    expect(read("smtp://[2001:db8::1]:2525")).toMatchObject({
      host: "2001:db8::1",
      port: 2525,
      encryption: "required",
    });
  });

  it("loopback is an address, not a name that looks like one", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "LocalHost", "a.localhost"].every(isLoopback)).toBe(true);
    expect(["127.0.0.1.example.com", "localhost.example.com", "1127.0.0.1", "::2"].some(isLoopback)).toBe(false);
  });

  it("user, password and options are decoded, and the password does not show", () => {
    const settings = read(
      "smtp://me%40example.com:p%3A%2F%40%25w@mail.example.com:2525?tls_ca=%2Fetc%2Fca.pem&rejectUnauthorized=false&name=out.example.com",
    );
    expect(settings.auth?.user).toBe("me@example.com");
    expect(Redacted.value(settings.auth!.password)).toBe("p:/@%w");
    expect(settings).toMatchObject({ ca: "/etc/ca.pem", rejectUnauthorized: false, name: "out.example.com" });
    expect(`${JSON.stringify(settings)} ${String(settings.auth?.password)}`).not.toContain("p:/@%w");
  });

  it.each([
    ["", "not_a_url"],
    ["mail.example.com:587", "scheme"],
    ["not a url", "not_a_url"],
    ["http://mail.example.com", "scheme"],
    ["smtp://", "host"],
    ["smtp:mail.example.com", "host"],
    ["smtp://mail.example.com/path", "host"],
    ["smtp://mail.example.com#x", "host"],
    ["smtp://mail.example.com:0", "host"],
    ["smtp://mail.example.com:99999", "not_a_url"],
    ["smtp://m%0Aail.example.com", "host"],
    ["smtp://user@mail.example.com", "credentials"],
    ["smtp://:secret@mail.example.com", "credentials"],
    ["smtp://user:100%secret@mail.example.com", "credentials"],
    ["smtp://user:secret%0D%0A@mail.example.com", "credentials"],
    ["smtp://mail.example.com?starttls=maybe", "option"],
    ["smtp://mail.example.com?startls=off", "option"],
    ["smtp://mail.example.com?starttls=required&starttls=off", "option"],
    ["smtp://mail.example.com?rejectUnauthorized=0", "option"],
    ["smtp://mail.example.com?name=a%0D%0Ab", "option"],
    ["smtps://mail.example.com?starttls=off", "option"],
  ])("%j is refused: %s", (url, reason) => {
    const error = Result.getOrThrow(Result.flip(parseSmtpUrl(url)));
    expect(error.reason).toBe(reason);
    expect(error.hint).not.toBe("");
    expect(`${error.message} ${error.hint}`).not.toContain("secret");
  });
});
