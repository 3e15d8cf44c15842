const FENCE = /^ {0,3}(?<mark>`{3,}|~{3,})(?<info>.*)$/s;

/** For each line whether it lies in a fenced code block; a fence that is never closed is none. */
export function fencedLines(lines: string[]): boolean[] {
  const fenced = new Array<boolean>(lines.length).fill(false);
  /** Per kind of mark the shortest that nothing closes: no later one of it can be closed either. */
  const unclosed = new Map<string, number>();
  let at = 0;
  while (at < lines.length) {
    const mark = opening(lines[at] ?? "");
    const kind = mark?.charAt(0) ?? "";
    if (mark !== undefined && mark.length < (unclosed.get(kind) ?? Number.POSITIVE_INFINITY)) {
      const end = closingLine(lines, at + 1, mark);
      if (end === undefined) {
        unclosed.set(kind, mark.length);
      } else {
        fenced.fill(true, at, end + 1);
        at = end;
      }
    }
    at += 1;
  }
  return fenced;
}

/** The mark that would close a fence left open at the end of these lines. */
export function openFence(lines: string[]): string | undefined {
  let open: string | undefined;
  for (const line of lines) {
    if (open === undefined) {
      open = opening(line);
    } else if (closes(line, open)) {
      open = undefined;
    }
  }
  return open;
}

function closingLine(lines: string[], from: number, mark: string): number | undefined {
  for (let at = from; at < lines.length; at += 1) {
    if (closes(lines[at] ?? "", mark)) {
      return at;
    }
  }
  return undefined;
}

function opening(line: string): string | undefined {
  const groups = FENCE.exec(line)?.groups;
  const mark = groups?.mark;
  // CommonMark: the info string of a backtick fence holds no backtick.
  return mark?.startsWith("`") === true && groups?.info?.includes("`") === true ? undefined : mark;
}

function closes(line: string, mark: string): boolean {
  const found = FENCE.exec(line)?.groups;
  const candidate = found?.mark ?? "";
  return candidate[0] === mark[0] && candidate.length >= mark.length && found?.info?.trim() === "";
}
