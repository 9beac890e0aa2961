/** A client that counts the questions for MX and answers them as a test wants. */
import { Effect } from "effect";
import {
  type DnsAnswer,
  DnsClient,
  type DnsError,
  type DnsRecords,
  type MailExchanger,
  type RecordType,
} from "../../src/dns/DnsClient.ts";

export const exchanger: MailExchanger = { exchange: "mx.example.com", priority: 10 };
export const someExchangers: DnsAnswer<MailExchanger> = { kind: "records", records: [exchanger] };

/** `asked`: the hosts, in order. `others`: what every question but MX is answered with. */
export const countingClient = (
  exchangers: (host: string) => Effect.Effect<DnsAnswer<MailExchanger>, DnsError>,
  others: DnsAnswer<string> = { kind: "none" },
) => {
  const asked: string[] = [];
  const ask = <T extends RecordType>(type: T, host: string) =>
    Effect.suspend((): Effect.Effect<DnsAnswer<MailExchanger | string>, DnsError> => {
      if (type !== "MX") return Effect.succeed(others);
      asked.push(host);
      return exchangers(host);
    }) as Effect.Effect<DnsAnswer<DnsRecords[T]>, DnsError>;
  return { asked, client: DnsClient.of({ ask }) };
};
