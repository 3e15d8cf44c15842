import type { ProviderType, Timers } from "./entries.ts";
import type { ModelSettings, ProviderSetting } from "./provider-settings.ts";

/** Seconds. Headers may take as long as an answer: a whole one has none before it is complete at some providers. */
const DEFAULT_SECS = { connect: 10, firstToken: 60, chunk: 60 };
/** Seconds in which Ollama reads a model of several GB from a slow disk. */
const OLLAMA_COLD_START_SECS = 120;

/** The timers of one model: its own, else its provider's, else the defaults. */
export function modelTimers(provider: ProviderSetting, model: ModelSettings): Timers {
  const secs = {
    connect: model.connectTimeoutSecs ?? provider.connectTimeoutSecs,
    headers: model.headersTimeoutSecs ?? provider.headersTimeoutSecs,
    firstToken: model.firstTokenTimeoutSecs ?? provider.firstTokenTimeoutSecs,
    chunk: model.chunkTimeoutSecs ?? provider.chunkTimeoutSecs,
  };
  const total = model.timeoutSecs ?? provider.timeoutSecs;
  const coldStart = provider.coldStartTimeoutSecs ?? defaultColdStartSecs(provider.providerType);
  return {
    connectMs: milliseconds(secs.connect ?? DEFAULT_SECS.connect),
    headersMs: milliseconds(secs.headers ?? total),
    firstTokenMs: milliseconds(secs.firstToken ?? DEFAULT_SECS.firstToken),
    chunkMs: milliseconds(secs.chunk ?? DEFAULT_SECS.chunk),
    totalMs: milliseconds(total),
    coldStartMs: milliseconds(coldStart),
  };
}

function defaultColdStartSecs(type: ProviderType): number {
  return type === "ollama" ? OLLAMA_COLD_START_SECS : 0;
}

/** Whole, and at least one: a timer of 0 would be over before it began. */
function milliseconds(seconds: number): number {
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000));
}
