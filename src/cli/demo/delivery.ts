/** The demo's second act: what arrived is what was approved, and anyone can verify who wrote it and who let it go. */
import { Result } from "effect";
import { verifyMessage } from "../../identity/verifyMessage.ts";
import { splitMessage } from "../../mail/read/Fields.ts";
import type { Call } from "./demoServer.ts";
import type { Narrator } from "./narrator.ts";
import type { Receiver } from "./Receiver.ts";
import { expect, StoryError } from "./StoryError.ts";

export const playDelivery = async (
  { step, detail, good }: Narrator,
  call: Call,
  receiver: Receiver,
  approvedText: string,
) => {
  step("The receiver has it: the approved bytes, and two signature headers on top");
  const received = await receiver.next(10_000);
  const delivered = Buffer.from(received.raw).toString("latin1");
  detail("envelope", `${received.from} → ${received.recipients.join(", ")}`);
  expect(delivered.endsWith(approvedText), "the delivered bytes are not the approved ones");
  good(`the last ${approvedText.length} bytes are exactly what Alice approved`);
  const parts = splitMessage(received.raw);
  if (Result.isFailure(parts)) throw new StoryError("the delivered message does not parse");
  const identity = parts.success.fields.filter((field) => /^x-multimail-/i.test(field.name));
  for (const field of identity) detail(field.name.slice(12), `${field.value.slice(0, 88)}…`);

  step("Anyone can verify it with the published keys, without an account");
  const report = await verifyMessage(received.raw, async (kid) => {
    const key = await call("GET", `/v1/identity/keys/${kid}`, null);
    return key.status === 200 ? (key.body as never) : null;
  });
  detail("verdict", report.verdict);
  expect(report.verdict === "verified", `the delivered message does not verify: ${JSON.stringify(report)}`);
  const forged = Buffer.from(delivered.replace("ticket #4821", "ticket #6666"), "latin1");
  const tampered = await verifyMessage(forged, async (kid) => {
    const key = await call("GET", `/v1/identity/keys/${kid}`, null);
    return key.status === 200 ? (key.body as never) : null;
  });
  expect(tampered.verdict !== "verified", "a changed message verifies");
  good(`with one word changed: ${tampered.verdict}`);

  return { received, report };
};
