import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import process from "node:process";
import type { Difference } from "./statistics.ts";

const RESULTS = new URL("../RESULTS.md", import.meta.url);

/** A Markdown table; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => `| ${row.join(" | ")} |`);
  lines.splice(1, 0, `|${"---|".repeat(rows[0]?.length ?? 0)}`);
  return lines.join("\n");
}

/** .742 rather than 0.742, as in the literature. */
export function share(value: number): string {
  return value.toFixed(3).replace(/^(-?)0\./, "$1.");
}

export function difference({ mean, low, high }: Difference): string {
  return `${mean < 0 ? "" : "+"}${share(mean)} [${share(low)}, ${share(high)}]`;
}

export function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

export function verdict(passed: boolean): string {
  return passed ? "PASS" : "FAIL";
}

/** Where and when, for the head of a section. */
export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const day = new Date().toISOString().slice(0, 10);
  return `${first?.model ?? "unknown processor"}, ${availableParallelism()} cores, ${memory} GB, ${process.platform}, Node ${process.version}, ${day}`;
}

/** Prints the section, and with `--write` puts it in its place in bench/RESULTS.md. */
export function publish(section: string, text: string): void {
  print(`\n${text}`);
  if (!process.argv.includes("--write")) return;
  const content = readFileSync(RESULTS, "utf8");
  const begin = `<!-- results:${section} -->`;
  const start = content.indexOf(begin);
  const end = content.indexOf("<!-- /results -->", start);
  if (start < 0 || end < 0) throw new Error(`bench/RESULTS.md has no section ${begin}`);
  const changed = `${content.slice(0, start)}${begin}\n${text}\n${content.slice(end)}`;
  writeFileSync(RESULTS, changed);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What goes on, apart from the results. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The value after `--name`, or what to take without it. */
export function option(name: string, absent: string): string {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? undefined : process.argv[at + 1];
  return value ?? absent;
}

export function flag(name: string): boolean {
  return process.argv.includes(`--${name}`);
}
