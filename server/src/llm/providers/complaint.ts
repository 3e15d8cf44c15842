import { type FailureCategory, ProviderFailure } from "../failure.ts";
import { type CallTarget, configKey, targetName } from "../transport/call-target.ts";
import { publicDetail } from "../transport/redaction.ts";

/** What a provider says went wrong, read from its own format. */
export interface Complaint {
  category: FailureCategory;
  /** HTTP's, or the one inside the answer. */
  status: number | undefined;
  /** The provider's own. */
  words: string;
  retryAfterMs?: number | undefined;
  /** What to do, where the provider's own format knows more than the category. */
  advice?: string | undefined;
}

/** What a failure's texts need to know beside the complaint. */
export interface ComplaintContext {
  target: CallTarget;
  /** Environment variable that usually holds the provider's key. */
  keyVariable: string | undefined;
  /** The configured keys and addresses, which no caller may see. */
  secrets: readonly string[];
}

/** Categories whose cause is in the request: the caller needs the provider's words to mend it. */
const CALLERS_OWN: ReadonlySet<FailureCategory> = new Set([
  "invalid_request",
  "context_length",
  "content_filter",
  "model_not_found",
  "unsupported",
]);

type Sentence = (name: string, context: ComplaintContext, complaint: Complaint) => string;

const SENTENCES: Readonly<Record<FailureCategory, Sentence>> = {
  connect: (name) => `Cannot reach ${name}`,
  timeout: (name) => `${capital(name)} took too long`,
  rate_limited: (name) => `${capital(name)} limits how much may be asked of it`,
  server_error: (name) => `${capital(name)} failed`,
  malformed: (name) => `The answer of ${name} is not what its protocol says`,
  empty: (name) => `The answer of ${name} is empty`,
  interrupted: (name) => `The answer of ${name} broke off`,
  unauthorized: (name) => `${capital(name)} refused its API key`,
  payment_required: (name) => `The account of ${name} has no credit left`,
  forbidden: (name) => `${capital(name)} does not allow this to its API key`,
  model_not_found: (_, { target }) =>
    `Provider "${target.providerId}" does not have the model ${target.modelId ?? "asked for"}`,
  context_length: (name) => `The request does not fit the context window of ${name}`,
  content_filter: (name) => `The content filter of ${name} refused the request`,
  invalid_request: (name) => `${capital(name)} refused the request`,
  unsupported: (name) => `${capital(name)} cannot do what was asked`,
  aborted: (name) => `The call of ${name} was ended`,
};

const ADVICE: Readonly<Partial<Record<FailureCategory, Sentence>>> = {
  rate_limited: (_, __, { retryAfterMs }) =>
    retryAfterMs === undefined
      ? "Try later, or raise the account's limits."
      : `Try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
  malformed: (_, { target }) => `Check ${configKey(target, "base_url")}.`,
  unauthorized: (_, context) =>
    `Check ${configKey(context.target, "api_key")}${variableHint(context)}.`,
  payment_required: (_, { target }) =>
    `Add credit to the account of ${configKey(target, "api_key")}, or set another key.`,
  forbidden: (_, { target }) =>
    `Check what the key in ${configKey(target, "api_key")} may use, and the provider's regions.`,
  model_not_found: (_, { target }) => `Check ${configKey(target, "models")}.`,
  context_length: () => "Shorten it, or use a model with a larger window.",
};

/** The one place where a provider's complaint becomes a failure: its message is ours, its detail without secrets. */
export function complaintFailure(complaint: Complaint, context: ComplaintContext): ProviderFailure {
  const { category, status, words, retryAfterMs } = complaint;
  const name = targetName(context.target);
  const what = SENTENCES[category](name, context, complaint);
  const advice = complaint.advice ?? ADVICE[category]?.(name, context, complaint) ?? "";
  const shown = CALLERS_OWN.has(category) ? publicDetail(words, context.secrets) : undefined;
  return new ProviderFailure(
    category,
    `${what}${status === undefined ? "" : ` (${status})`}.${advice === "" ? "" : ` ${advice}`}`,
    {
      ...(status === undefined ? {} : { status }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(words === "" ? {} : { providerText: words }),
      ...(shown === undefined ? {} : { publicDetail: shown }),
    },
  );
}

function variableHint({ keyVariable }: ComplaintContext): string {
  return keyVariable === undefined ? "" : `, or ${keyVariable} where it comes from`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
