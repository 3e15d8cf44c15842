/** The `data` of each event of a stream, as it comes; other fields mean nothing to Sekha's streams. */
export async function* eventData(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let waiting = "";
  let data: string[] = [];
  for await (const chunk of chunks) {
    waiting += decoder.decode(chunk, { stream: true });
    const lines = waiting.split(/\r\n|\n|\r(?!$)/);
    waiting = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      if (line !== "" || data.length === 0) continue;
      yield data.join("\n");
      data = [];
    }
  }
  // An event that no blank line ended was cut off, and is not told.
}
