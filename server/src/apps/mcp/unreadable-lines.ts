import { StringDecoder } from "node:string_decoder";

/** Calls back for every line that is no JSON. Empty lines are nothing. The SDK's own reader passes over both. */
export function watchUnreadableLines(input: NodeJS.ReadableStream, found: () => void): void {
  const decoder = new StringDecoder("utf8");
  let open = "";
  const check = (line: string) => {
    if (line.trim() !== "" && !isJson(line)) found();
  };
  input.on("data", (chunk: Buffer | string) => {
    const lines = (open + (typeof chunk === "string" ? chunk : decoder.write(chunk))).split("\n");
    open = lines.pop() ?? "";
    for (const line of lines) check(line);
  });
  input.once("end", () => check(open));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Anything that cannot be parsed is what is looked for.
    return false;
  }
}
