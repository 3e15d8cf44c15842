import type { ProviderCall } from "../provider.ts";
import type { ModelEntry, Timers } from "../registry/entries.ts";
import type { AttemptSignal } from "./attempt-signal.ts";

/** What a provider is told of one attempt. The platform's signal is made for the few that ask for it. */
export class AttemptCall implements ProviderCall {
  readonly model: ModelEntry;
  readonly apiKey: string | undefined;
  readonly timers: Timers;
  readonly ending: AttemptSignal;

  constructor(model: ModelEntry, apiKey: string | undefined, ending: AttemptSignal) {
    this.model = model;
    this.apiKey = apiKey;
    this.timers = model.timers;
    this.ending = ending;
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }
}
