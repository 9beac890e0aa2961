/** What `encodeFields` writes, a second time from its words alone: for each part its length as 32 bits, big-endian, and its octets. */
export const fieldLayout = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(
    parts.flatMap((part) => {
      const octets = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(octets.length);
      return [length, octets];
    }),
  );
