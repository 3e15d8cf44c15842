/**
 * The JSON text of an object with one more member at its end, where it wins over one of the same name. The rest stays as
 * the provider wrote it: no number is rounded, no field is lost, and nothing is parsed or written again.
 *
 * `valueJson` is JSON itself. A text that is no object comes back as it is.
 */
export function withMember(objectJson: string, name: string, valueJson: string): string {
  const end = objectJson.lastIndexOf("}");
  if (end === -1 || objectJson.slice(end + 1).trim() !== "") return objectJson;
  const before = objectJson.slice(0, end).trimEnd();
  const comma = before.endsWith("{") ? "" : ",";
  return `${before}${comma}${JSON.stringify(name)}:${valueJson}}`;
}
