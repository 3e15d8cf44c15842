import type { ChatRequest } from "../../protocols/openai/chat.ts";
import { type CallOptions, GatewayError } from "../gateway.ts";
import { promptSize } from "../money/tokens.ts";
import type { Offer, Registry } from "../registry/registry.ts";
import { canonicalTask } from "../registry/tasks.ts";
import type { RouteRequest } from "../routing/route.ts";

/** Names with which clients say that any model will do. */
const ANY_MODEL: ReadonlySet<string> = new Set(["", "auto", "default", "sekha"]);
const CHAT_TASKS = ["chat_smart", "chat_large", "chat_small", "vision"];

type Names = Pick<Registry, "isTask" | "familyOf" | "offersNamed" | "servedTask">;

/** What a chat request wants of a model. Throws GatewayError `invalid_request` for a model that does not chat. */
export function routeForChat(
  request: ChatRequest,
  { registry, options }: { registry: Names; options: CallOptions },
): RouteRequest {
  const size = promptSize(request);
  const output = request.max_completion_tokens ?? request.max_tokens ?? undefined;
  return {
    ...taskOfChat(request, { registry, task: options.task, images: size.images }),
    requireVision: false,
    requireTools: request.tools !== undefined && request.tools.length > 0,
    requireAudio: size.audio,
    promptTokens: size.tokens,
    outputTokens: output,
    choices: Math.max(1, Math.trunc(request.n ?? 1)),
    images: size.images,
    cacheWrites: size.cacheWrites,
    maxCost: options.maxCost,
    embeddingIdentity: undefined,
    keyId: options.keyId,
    onlyProvider: options.onlyProvider,
  };
}

interface TaskQuestion {
  registry: Names;
  /** Of a call whose model names none. */
  task: string | undefined;
  images: number;
}

/** The model's name decides: any, a task, a configured model, or a stranger's (wire.md 2.1). */
function taskOfChat(
  request: ChatRequest,
  { registry, task, images }: TaskQuestion,
): Pick<RouteRequest, "task" | "preferredModel"> {
  const name = request.model?.trim() ?? "";
  const usual = task ?? (images > 0 ? "vision" : "chat_smart");
  if (ANY_MODEL.has(name.toLowerCase())) return { task: usual, preferredModel: undefined };
  const offers = registry.offersNamed(name);
  if (offers.length > 0) {
    return { task: taskOfModel(name, offers, { registry, wanted: task }), preferredModel: name };
  }
  if (registry.isTask(name) && registry.familyOf(canonicalTask(name)) === "chat") {
    return { task: canonicalTask(name), preferredModel: undefined };
  }
  // v1's clients send names that are configured nowhere and expect an answer; the reason then says so.
  return { task: task ?? guessedTask(name, usual), preferredModel: name };
}

function taskOfModel(
  name: string,
  offers: readonly Offer[],
  { registry, wanted }: { registry: Names; wanted: string | undefined },
): string {
  if (wanted !== undefined) {
    const fits = offers.some(({ model }) => registry.servedTask(model, wanted) !== undefined);
    if (fits) return wanted;
  }
  const usual = CHAT_TASKS.find((chat) => offers.some(({ model }) => model.tasks.includes(chat)));
  if (usual !== undefined) return usual;
  const tasks = [...new Set(offers.flatMap(({ model }) => model.tasks))];
  const task = tasks.find((own) => registry.familyOf(own) === "chat");
  if (task !== undefined) return task;
  throw new GatewayError(
    "invalid_request",
    `Model '${name}' is configured for ${tasks.join(", ")} and does not chat. Leave the model out, or name a chat model; GET /v1/models lists them.`,
  );
}

/** As v1 guessed from a name (wire.md 2.1). */
function guessedTask(name: string, usual: string): string {
  if (usual === "vision") return usual;
  if (/mini|small/i.test(name)) return "chat_small";
  return /large/i.test(name) ? "chat_large" : usual;
}
