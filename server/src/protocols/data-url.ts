const HEAD = /^data:([^;,]{0,127})(?:;[^;,]{1,127}){0,5};base64$/i;

/** The parts of a `data:…;base64,…` URL, the payload not decoded; undefined for any other text. */
export function splitDataUrl(url: string): { mediaType: string; base64: string } | undefined {
  const comma = url.indexOf(",");
  const head = comma < 0 ? null : HEAD.exec(url.slice(0, comma));
  if (head === null) return undefined;
  return { mediaType: (head[1] ?? "").toLowerCase(), base64: url.slice(comma + 1) };
}

export function base64DataUrl(mediaType: string, base64: string): string {
  return `data:${mediaType};base64,${base64}`;
}
