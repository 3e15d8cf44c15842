import type { Config } from "../config/config.ts";
import type { EmbeddingModel } from "../core/ports/embedding-model.ts";
import {
  createEmbeddedModel,
  EMBEDDED_MODEL_IDENTITY,
} from "../llm/providers/builtin/embedded-model.ts";
import type { Logger } from "../logger.ts";
import { LazyModel } from "./lazy-model.ts";

/** The model inside Sekha; it is loaded when it is first needed. */
export function composeEmbeddedModel({ embeddings }: Config, log: Logger): EmbeddingModel {
  const { threads } = embeddings;
  return new LazyModel(EMBEDDED_MODEL_IDENTITY, () =>
    createEmbeddedModel({ log, ...(threads === undefined ? {} : { backgroundThreads: threads }) }),
  );
}
