/** Characters of a provider's words that a caller may see. */
const LONGEST_DETAIL = 300;
/** A text is looked at no further than this: patterns over megabytes of a prompt would cost a second. */
const LONGEST_SCAN = 4000;
const HIDDEN = "[hidden]";

/** What looks like a credential whoever's it is, masked ones included (`sk-proj-****abcd`). */
const CREDENTIALS = [
  /\b(?:sk|pk|rk|gsk|xai|hf|ghp|pat)[-_][\w*.…-]{4,}/gi,
  /\bAIza[\w-]{10,}/g,
  /\b(?:bearer|basic)\s+[\w.~+/=*-]{4,}/gi,
  /\b((?:x-)?api[-_ ]?key(?:\s+provided)?|authorization|token|secret|password)("?\s*[:=]\s*"?)[^\s"',;]+/gi,
  // Organisations and projects of the account.
  /\b(?:org|proj|user|req)[-_][\w-]{6,}/g,
  /\/\/[^\s/@]+@/g,
  /[\w+/=-]{40,}/g,
];

/** The words of a provider about the caller's own mistake, without what only the owner of the account may know. */
export function publicDetail(text: string, secrets: readonly string[]): string | undefined {
  let shown = text.slice(0, LONGEST_SCAN);
  for (const secret of secrets) {
    if (secret.length >= 4) shown = shown.replaceAll(secret, HIDDEN);
  }
  for (const pattern of CREDENTIALS) shown = shown.replaceAll(pattern, hide);
  shown = shown.replaceAll(/\s+/g, " ").trim();
  if (shown.length > LONGEST_DETAIL) shown = `${shown.slice(0, LONGEST_DETAIL - 1)}…`;
  return shown === "" ? undefined : shown;
}

/** The forms in which a base URL may come back: whole, and its host. */
export function urlSecrets(baseUrl: string): string[] {
  if (!URL.canParse(baseUrl)) return [];
  const { host, hostname, username, password } = new URL(baseUrl);
  return [baseUrl, password, username, host, hostname].filter((part) => part !== "");
}

function hide(match: string, name: unknown, between: unknown): string {
  return typeof name === "string" && typeof between === "string"
    ? `${name}${between}${HIDDEN}`
    : match.startsWith("//")
      ? `//${HIDDEN}@`
      : HIDDEN;
}
