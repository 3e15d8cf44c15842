import { formatDuration } from "./quantities.ts";
import { fitText, safeLine, widthOf } from "./terminal-text.ts";

export interface ProgressState {
  label: string;
  /** 0 to 1; null while the end is not known. */
  fraction: number | null;
  /** Figures, the most important first; a narrow terminal shows fewer. */
  parts?: readonly string[];
  /** Null until there is a rate. */
  remainingMilliseconds?: number | null;
}

interface ProgressOutput {
  stream: NodeJS.WritableStream;
  isTerminal: boolean;
  columns: number;
  now: () => number;
}

const LONGEST_BAR = 30;
const SHORTEST_BAR = 8;
const DRAW_MILLISECONDS = 80;
const PLAIN_MILLISECONDS = 5_000;
const CLEAR_LINE = "\r\u001b[2K";

/** One line: label, bar, percent, figures, time left; what does not fit is left out. */
export function renderProgress(state: ProgressState, columns: number): string {
  const label = safeLine(state.label);
  const percent = state.fraction === null ? "" : percentText(state.fraction);
  const figures = [...(state.parts ?? [])];
  if (state.remainingMilliseconds !== null && state.remainingMilliseconds !== undefined) {
    figures.unshift(`${formatDuration(state.remainingMilliseconds)} left`);
  }
  const name = fitText(label, Math.max(10, Math.floor(columns / 3)));
  for (let count = figures.length; count >= 0; count -= 1) {
    const tail = [percent, ...figures.slice(0, count)].filter((part) => part !== "").join("  ");
    const space = columns - widthOf(name) - widthOf(tail) - 4;
    if (space >= SHORTEST_BAR || count === 0) {
      const bar = renderBar(state.fraction, Math.min(LONGEST_BAR, space));
      const line = [name, bar, tail].filter((part) => part !== "").join("  ");
      return fitText(line, columns);
    }
  }
  return fitText(name, columns);
}

/** Full blocks in front of a light track; nothing when there is no room. */
export function renderBar(fraction: number | null, width: number): string {
  if (width < 1 || fraction === null) return "";
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** Rounded down: 100 % means done. */
function percentText(fraction: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100)} %`;
}

/** A bar that redraws itself on a terminal; elsewhere a plain line every few seconds. */
export class ProgressLine {
  readonly #output: ProgressOutput;
  #drawnAt: number;
  #visible = false;

  constructor(output: ProgressOutput) {
    this.#output = output;
    // What is quick needs no line in a log.
    this.#drawnAt = output.isTerminal ? Number.NEGATIVE_INFINITY : output.now();
  }

  update(state: ProgressState): void {
    const { stream, isTerminal, columns, now } = this.#output;
    const interval = isTerminal ? DRAW_MILLISECONDS : PLAIN_MILLISECONDS;
    if (now() - this.#drawnAt < interval) return;
    this.#drawnAt = now();
    if (isTerminal) {
      stream.write(CLEAR_LINE + renderProgress(state, columns - 1));
      this.#visible = true;
      return;
    }
    const percent = state.fraction === null ? [] : [percentText(state.fraction)];
    stream.write(`${[safeLine(state.label), ...percent, ...(state.parts ?? [])].join("  ")}\n`);
  }

  /** Takes the bar away, so that a line can be written. */
  clear(): void {
    if (this.#visible) this.#output.stream.write(CLEAR_LINE);
    this.#visible = false;
    if (this.#output.isTerminal) this.#drawnAt = Number.NEGATIVE_INFINITY;
  }
}
