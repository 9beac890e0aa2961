/** Lower-case hex, strictly: so many bytes, or `null`. */
export const fromHex = (text: string, length: number): Uint8Array | null => {
  if (text.length !== length * 2 || !/^[0-9a-f]*$/.test(text)) return null;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
};
