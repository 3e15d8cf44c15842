/** JSON Lines as one JSON array, in pieces; nothing is parsed, lines hold no raw line breaks. */
export async function* jsonArrayText(lines: AsyncIterable<string>): AsyncGenerator<string> {
  yield "[";
  let lineEnded = false;
  for await (const piece of lines) {
    if (piece === "") continue;
    // The break after the last line is not known to be the last until more comes.
    const body = piece.endsWith("\n") ? piece.slice(0, -1) : piece;
    yield (lineEnded ? ",\n" : "") + body.replaceAll("\n", ",\n");
    lineEnded = piece.endsWith("\n");
  }
  yield "]\n";
}

/** `{"format","content","count"}` with the text as one JSON string, in pieces. */
export async function* wrappedInJson(
  text: AsyncIterable<string>,
  { format, count }: { format: string; count: number },
): AsyncGenerator<string> {
  yield `{"format":${JSON.stringify(format)},"content":"`;
  let held = "";
  for await (const piece of text) {
    const whole = held + piece;
    // A surrogate pair cut in two would become two escapes of halves.
    held = /[\ud800-\udbff]$/.test(whole) ? whole.slice(-1) : "";
    yield JSON.stringify(held === "" ? whole : whole.slice(0, -1)).slice(1, -1);
  }
  yield `${JSON.stringify(held).slice(1, -1)}","count":${count}}`;
}
