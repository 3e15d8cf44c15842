import { type Target, TargetMap } from "./target.ts";

/** One attempt under way. */
export interface LoadTicket {
  /** Milliseconds from the attempt's start to its first token or whole answer. */
  measured(latencyMs: number): void;
  /** Once; later calls do nothing. */
  end(): void;
}

interface TargetLoad {
  inFlight: number;
  /** Number of the last attempt begun, over all targets. */
  lastStart: number;
  latencyMs: number | undefined;
  measuredAt: number;
}

/** Weight of the newest measurement: about the last ten count. */
const NEWEST_WEIGHT = 0.2;
/** Milliseconds after which a latency is forgotten, so that what was slow once is tried again. */
const FORGET_AFTER_MS = 5 * 60_000;

/** How busy and how fast every (provider, model) is. Outlives the registries. */
export class Load {
  readonly #clock: () => number;
  readonly #targets = new TargetMap<TargetLoad>();
  #starts = 0;

  constructor({ clock }: { clock: () => number }) {
    this.#clock = clock;
  }

  begin(target: Target): LoadTicket {
    const load = this.#targets.getOrAdd(target, unused);
    this.#starts += 1;
    load.lastStart = this.#starts;
    load.inFlight += 1;
    let ended = false;
    return {
      measured: (latencyMs) => this.#measure(load, latencyMs),
      end: () => {
        if (!ended) load.inFlight -= 1;
        ended = true;
      },
    };
  }

  inFlight(target: Target): number {
    return this.#targets.get(target)?.inFlight ?? 0;
  }

  /** Exponentially weighted mean in milliseconds; undefined: not measured lately. */
  latencyMs(target: Target): number | undefined {
    const load = this.#targets.get(target);
    return load === undefined ? undefined : this.#fresh(load);
  }

  /** Order in which targets were last used: 0 for never, higher is later. */
  lastStart(target: Target): number {
    return this.#targets.get(target)?.lastStart ?? 0;
  }

  retain(targets: readonly Target[]): void {
    this.#targets.retain(targets);
  }

  #measure(load: TargetLoad, latencyMs: number): void {
    if (!(latencyMs >= 0)) return;
    const before = this.#fresh(load);
    load.latencyMs =
      before === undefined ? latencyMs : before + NEWEST_WEIGHT * (latencyMs - before);
    load.measuredAt = this.#clock();
  }

  #fresh({ latencyMs, measuredAt }: TargetLoad): number | undefined {
    const age = this.#clock() - measuredAt;
    return age > FORGET_AFTER_MS || age < 0 ? undefined : latencyMs;
  }
}

function unused(): TargetLoad {
  return { inFlight: 0, lastStart: 0, latencyMs: undefined, measuredAt: 0 };
}
