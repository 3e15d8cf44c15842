/** A block in a prompt. */
export interface PlacedTokens {
  hash: string;
  tokens: number;
}

/** What the first block of a conversation may take of the whole budget, and a later one of what is left. */
const FIRST_SHARE = 1 / 2;
const NEXT_SHARE = 1 / 8;
/** A block below this many tokens is mostly frame: rather others give way. */
const LEAST_TOKENS = 160;
/** After a rebuild so much of the budget is taken at most, so that the next one is some turns away (bench:cache). */
const KEPT_SHARE = 7 / 8;

/** Tokens that the next block may take beside those that stand in the prompt. */
export function nextBudget(blocks: readonly PlacedTokens[], budget: number): number {
  const used = sumOf(blocks);
  if (used === 0) return Math.floor(budget * FIRST_SHARE);
  const share = Math.floor((budget - used) * NEXT_SHARE);
  return Math.max(share, Math.min(LEAST_TOKENS, budget));
}

/**
 * Which blocks (oldest first) give way so that the rest fits: those just before the newest. A provider's cache holds a
 * prompt up to the first change, so that what goes late costs little, and what goes early costs the whole prompt.
 */
export function blocksToDrop(blocks: readonly PlacedTokens[], budget: number): Set<string> {
  const dropped = new Set<string>();
  let used = sumOf(blocks);
  if (used <= budget) return dropped;
  const newest = blocks.at(-1);
  for (const { hash, tokens } of blocks.slice(0, -1).toReversed()) {
    if (used <= budget * KEPT_SHARE) break;
    dropped.add(hash);
    used -= tokens;
  }
  if (used > budget && newest !== undefined) dropped.add(newest.hash);
  return dropped;
}

function sumOf(blocks: readonly PlacedTokens[]): number {
  return blocks.reduce((sum, { tokens }) => sum + tokens, 0);
}
