import type { Config } from "../config/config.ts";
import type { LanguageTasks } from "../core/ports/language-tasks.ts";
import { createBuiltinText } from "../llm/providers/builtin/builtin-text.ts";
import { ownLanguageTasks } from "../llm/tasks/own-language-tasks.ts";
import { TextTasks } from "../llm/tasks/text-tasks.ts";
import { remoteBridgeOf } from "./embedding.ts";
import type { LlmLayer } from "./llm-layer.ts";
import { remoteLanguageTasks } from "./remote-language-tasks.ts";

/** By the models of this process, or over HTTP where the bridge is elsewhere (`llm` is null). */
export function composeLanguageTasks(
  config: Config,
  llm: Pick<LlmLayer, "gateway"> | null,
): LanguageTasks {
  const builtin = createBuiltinText();
  return llm === null
    ? remoteLanguageTasks(remoteBridgeOf(config))
    : ownLanguageTasks(new TextTasks({ gateway: llm.gateway, builtin }));
}
