/** How this room finds the addresses of a host: a port, bound where the server is put together. */
import { Context } from "effect";

export class HostAddresses extends Context.Service<
  HostAddresses,
  /** All addresses of a host name, IPv4 and IPv6, in the order to try. Rejects with an error whose `code` gives the reason. */
  (hostname: string) => Promise<readonly string[]>
>()("countersign/net/HostAddresses") {}
