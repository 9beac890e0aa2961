import { expect, it } from "vitest";
import { escapeHtml } from "../../src/bytes/escapeHtml.ts";

it("replaces every sign that HTML reads, each time it stands there", () => {
  expect(escapeHtml(`&&<<>>""''`)).toBe("&amp;&amp;&lt;&lt;&gt;&gt;&quot;&quot;&#39;&#39;");
});
