/** Outgoing HTTP, on the addresses that the operating system finds: `net/` itself does not resolve names. */
import { Layer } from "effect";
import { hostAddresses } from "../dns/hostAddresses.ts";
import type { Fetch } from "../net/Fetch.ts";
import { HostAddresses } from "../net/HostAddresses.ts";
import { layerNode } from "../net/NodeFetch.ts";

export const layerFetch: Layer.Layer<Fetch> = Layer.provide(layerNode, Layer.succeed(HostAddresses, hostAddresses));
