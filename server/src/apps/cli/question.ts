import { createInterface } from "node:readline/promises";
import type { Session } from "./session.ts";

/** Asks a person yes or no on the terminal; an empty answer is `fallback`. */
export async function confirm(
  { io }: Session,
  question: string,
  fallback: boolean,
): Promise<boolean> {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await lines.question(`${question} ${fallback ? "[Y/n]" : "[y/N]"} `);
    const word = answer.trim().toLowerCase();
    return word === "" ? fallback : word === "y" || word === "yes";
  } finally {
    lines.close();
  }
}
