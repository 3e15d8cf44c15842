/**
 * The JSON in what a model wrote: as it is, in a fence, or with words around it; undefined when there is none. Thoughts
 * that some local models write before their answer are skipped.
 */
export function jsonAnswer(answer: string): unknown {
  const text = withoutThoughts(answer);
  for (const candidate of candidates(text)) {
    const value = parsed(candidate);
    if (typeof value === "object" && value !== null) return value;
  }
  return undefined;
}

export function withoutThoughts(answer: string): string {
  const end = answer.lastIndexOf("</think>");
  return (end < 0 ? answer : answer.slice(end + "</think>".length)).trim();
}

function* candidates(text: string): Generator<string> {
  yield text;
  for (const [, inner = ""] of text.matchAll(/```[\w-]{0,20}\s*\n?([\s\S]*?)```/g)) yield inner;
  const object = balanced(text, text.indexOf("{"));
  if (object !== undefined) yield object;
  const list = balanced(text, text.indexOf("["));
  if (list !== undefined) yield list;
}

/** A comma before a closing bracket is the commonest mistake. */
function parsed(text: string): unknown {
  for (const attempt of [text, text.replace(/,(?=\s*[}\]])/g, "")]) {
    try {
      return JSON.parse(attempt);
    } catch {
      // What cannot be read is not the answer; the next spelling or place is tried.
    }
  }
  return undefined;
}

/** From a bracket to the one that closes it, with regard to strings. */
function balanced(text: string, start: number): string | undefined {
  if (start < 0) return undefined;
  let depth = 0;
  const marks = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
  marks.lastIndex = start;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    if (match[0] === "{" || match[0] === "[") depth += 1;
    if (match[0] === "}" || match[0] === "]") depth -= 1;
    if (depth === 0) return text.slice(start, marks.lastIndex);
  }
  return undefined;
}
