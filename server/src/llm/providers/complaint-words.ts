import type { FailureCategory } from "../failure.ts";

/** Which of a provider's sentences mean what, whatever its code: servers that copy a format seldom copy its codes. */
const WORDS: readonly (readonly [FailureCategory, RegExp])[] = [
  [
    "payment_required",
    /insufficient[_ ](?:quota|balance|credit|funds)|exceeded your current quota|credit balance is too low|requires more credits|billing (?:hard )?limit|billing is not active/i,
  ],
  [
    "context_length",
    /context[_ -]?(?:length|window|size|limit)|prompt is too long|input (?:is )?too long|too many (?:input )?tokens|input length .*exceed|exceeds? .*(?:maximum|max).*tokens|maximum .*tokens.*(?:requested|resulted)/i,
  ],
  [
    "content_filter",
    /content[_ -]?(?:management |usage )?(?:policy|filter)|safety (?:system|filter)|requires moderation|\bflagged\b/i,
  ],
  [
    "unauthorized",
    /(?:invalid|incorrect|wrong|missing|expired)[^.]{0,20} api[ -]?key|api[ -]?key not valid|invalid x-api-key/i,
  ],
  [
    "unsupported",
    /does not support (?:tool|function|image|vision|chat|embed|audio|thinking|completion|generate)|no endpoints found that support|not a multimodal model/i,
  ],
  [
    "model_not_found",
    /model\b.{0,120}?(?:does not exist|not exist|not found|is not available|not a valid model|unknown|not supported)|(?:not a valid|invalid|unknown|no such) model|no endpoints found for/i,
  ],
];
/** The beginning says it; what follows may be the prompt itself. */
const LONGEST_SENTENCE = 1000;

/** The category that a provider's words name; undefined where they name none. */
export function categoryOfWords(words: string): FailureCategory | undefined {
  const beginning = words.slice(0, LONGEST_SENTENCE);
  return WORDS.find(([, pattern]) => pattern.test(beginning))?.[0];
}

/** What an HTTP status alone means (bridge.md, semantics 3). */
export function categoryOfStatus(status: number): FailureCategory {
  if (status === 401) return "unauthorized";
  if (status === 402) return "payment_required";
  if (status === 403 || status === 451) return "forbidden";
  if (status === 429) return "rate_limited";
  if (status === 408 || status === 409 || status >= 500) return "server_error";
  // Redirects and methods that are not allowed: this is not the API.
  if (status < 400 || status === 405) return "malformed";
  return "invalid_request";
}

/** Statuses under which the words decide, since providers use them for anything the request may have wrong. */
export function wordsDecide(status: number | undefined): boolean {
  return (
    status === undefined ||
    status === 400 ||
    status === 403 ||
    status === 404 ||
    status === 413 ||
    status === 422 ||
    status === 501
  );
}
