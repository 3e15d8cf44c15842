import { stringify } from "yaml";

/** `key: value`, with two blanks before the comment. */
export function yamlLine(key: string, value: unknown, comment?: string): string {
  return `${key}: ${yamlValue(value)}${comment === undefined ? "" : `  # ${comment}`}`;
}

/** One line of YAML for a value; a literal `${` stays one when the file is read. */
export function yamlValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inList).join(", ")}]`;
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  if (typeof value !== "string") return String(value);
  const text = stringify(escaped(value), { lineWidth: 0 }).trimEnd();
  // JSON is YAML, and has no text of several lines.
  return text.includes("\n") ? JSON.stringify(escaped(value)) : text;
}

function inList(item: unknown): string {
  return typeof item === "string" ? JSON.stringify(escaped(item)) : String(item);
}

function escaped(text: string): string {
  return text.replaceAll("${", "$${");
}
