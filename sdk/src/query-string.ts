export type QueryValue = string | number | boolean | Date | readonly string[] | null | undefined;

/** `?a=1&b=x&b=y`, or nothing. What is null or undefined is left out, lists repeat their name. */
export function queryString(query: { readonly [name: string]: QueryValue } = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    const values = Array.isArray(value) ? value : [value];
    for (const one of values) {
      parameters.append(name, one instanceof Date ? one.toISOString() : String(one));
    }
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}
