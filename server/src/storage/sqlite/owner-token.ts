/**
 * An owner as one word of the full-text index. Hexadecimal, so that the tokenizer neither splits
 * nor folds it, and with a digit at the end, so that the stemmer leaves it: no two owners meet.
 * The view messages_text makes the same of the owner's column.
 */
export function ownerToken(owner: string): string {
  return `o${Buffer.from(owner, "utf8").toString("hex")}0`;
}
