/** The lines of a text, one by one, without their ends: a document of a million lines is not held twice. */
export function* linesOf(text: string): Generator<string> {
  for (let at = 0; at <= text.length;) {
    const end = text.indexOf("\n", at);
    if (end === -1) {
      if (at < text.length) yield text.slice(at);
      return;
    }
    yield text.slice(at, end);
    at = end + 1;
  }
}
