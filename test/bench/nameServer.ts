/** A name server of its own process: every name has a mail exchanger, an SPF and a DMARC record. Says its address; ends with its parent. */
import { startDns } from "../risk/servers/dns.ts";

const server = await startDns((name, type) => {
  if (type === "MX") return { records: ["10 mx.example.net"] };
  if (type === "TXT") return { records: [name.startsWith("_dmarc.") ? "v=DMARC1; p=reject" : "v=spf1 -all"] };
  return { records: [] };
});
process.send?.({ address: server.address });
process.on("disconnect", () => void server.close().then(() => process.exit(0)));
