import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Registry } from "prom-client";
import type { Config } from "../config/config.ts";
import type { CostStore } from "../core/ports/cost-store.ts";
import type { EmbeddingModel } from "../core/ports/embedding-model.ts";
import { PrometheusObserver } from "../llm/execution/prometheus-observer.ts";
import { systemTimer } from "../llm/execution/timer.ts";
import { createModelGateway, type ReloadableGateway } from "../llm/model-gateway.ts";
import { attemptBudget } from "../llm/money/attempt-budget.ts";
import { BudgetLedger } from "../llm/money/budget-ledger.ts";
import { resolvePrices } from "../llm/money/prices.ts";
import { createBuiltinProvider } from "../llm/providers/builtin/builtin-provider.ts";
import { createProvider } from "../llm/providers/create-provider.ts";
import { createImageFetcher, systemAddresses } from "../llm/vision/guarded-fetch.ts";
import { createImageFiles } from "../llm/vision/image-files.ts";
import { prepareImages } from "../llm/vision/images.ts";
import type { Logger } from "../logger.ts";

/** Every model of every provider, with what they cost. */
export interface LlmLayer {
  gateway: ReloadableGateway;
  ledger: BudgetLedger;
  costs: CostStore;
  /** The gateway's metrics. */
  metrics: Registry;
  /** Takes a checked configuration; what is under way keeps the one before. */
  reload(config: Config): void;
  close(): Promise<void>;
}

export interface LlmLayerOptions {
  config: Config;
  log: Logger;
  costs: CostStore;
  /** The model inside Sekha. */
  embedded: EmbeddingModel;
}

const MOST_REDIRECTS = 3;

/** Opens the ledger (what a process that died left behind counts as spent) and makes the gateway. */
export async function composeLlmLayer(options: LlmLayerOptions): Promise<LlmLayer> {
  const { config, log, costs, embedded } = options;
  const ledger = await BudgetLedger.open({
    store: costs,
    log,
    newId: randomUUID,
    sleep: (milliseconds, signal) =>
      delay(milliseconds, undefined, { signal }).catch(() => undefined),
    budgets: config.budgets,
    clock: () => Date.now(),
  });
  const metrics = new Registry();
  const builtin = createBuiltinProvider({ model: embedded });
  const images = imagesOf(config);
  const gateway = createModelGateway({
    settings: config,
    createProvider: (entry) =>
      createProvider(entry, {
        clock: () => Date.now(),
        newId: randomUUID,
        builtin: () => builtin,
      }),
    prices: (provider, model) => resolvePrices(provider, model),
    budget: attemptBudget(ledger),
    budgetRefusal: (estimate, keyId) => ledger.refusal(estimate, keyId),
    prepareImages: (request, call) => prepareImages(request, { ...call, ...images }),
    observer: new PrometheusObserver(metrics),
    clock: () => performance.now(),
    now: () => Date.now(),
    setTimer: systemTimer,
    log,
  });
  return {
    gateway,
    ledger,
    costs,
    metrics,
    reload: (changed) => {
      gateway.reload(changed);
      ledger.configure(changed.budgets);
    },
    close: async () => {
      await gateway.close();
      await ledger.close();
    },
  };
}

function imagesOf({ images }: Config) {
  return {
    fetcher: createImageFetcher({
      enabled: images.fetch,
      lookup: systemAddresses,
      maxBytes: images.maxSize,
      timeoutMs: images.fetchTimeoutSecs * 1000,
      maxRedirects: MOST_REDIRECTS,
    }),
    files: createImageFiles(images.fileFolders),
  };
}
