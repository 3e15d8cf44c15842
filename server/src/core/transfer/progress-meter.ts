export interface ImportProgress {
  /** Name of the source being read; null at the end. */
  source: string | null;
  bytesDone: number;
  bytesTotal: number;
  /** Conversations stored or recognised so far. */
  conversations: number;
  messages: number;
  refused: number;
  elapsedMilliseconds: number;
  bytesPerSecond: number;
  messagesPerSecond: number;
  /** Null until there is a rate. */
  remainingMilliseconds: number | null;
}

const INTERVAL_MILLISECONDS = 100;

/** Turns counts into progress with rates, not more often than a screen can show. */
export class ProgressMeter {
  private readonly now: () => number;
  private readonly onProgress: ((progress: ImportProgress) => void) | undefined;
  private readonly bytesTotal: number;
  private readonly startedAt: number;
  private reportedAt: number;
  private source: string | null = null;
  private bytesBefore = 0;
  private bytesInSource = 0;
  private conversations = 0;
  private messages = 0;
  private refusals = 0;

  constructor(options: {
    now: () => number;
    bytesTotal: number;
    onProgress: ((progress: ImportProgress) => void) | undefined;
  }) {
    this.now = options.now;
    this.onProgress = options.onProgress;
    this.bytesTotal = options.bytesTotal;
    this.startedAt = options.now();
    this.reportedAt = this.startedAt;
  }

  begin(source: string): void {
    this.source = source;
    this.bytesInSource = 0;
    this.report();
  }

  read(bytesOfSource: number): void {
    this.bytesInSource = bytesOfSource;
    this.report();
  }

  stored(messages: number, conversations: number): void {
    this.messages += messages;
    this.conversations += conversations;
    this.report();
  }

  refused(): void {
    this.refusals += 1;
    this.report();
  }

  /** The source is done, however much of it was read. */
  end(size: number): void {
    this.bytesBefore += size;
    this.bytesInSource = 0;
  }

  finish(): void {
    this.source = null;
    this.onProgress?.(this.progress(this.now()));
  }

  private report(): void {
    const now = this.now();
    if (this.onProgress !== undefined && now - this.reportedAt >= INTERVAL_MILLISECONDS) {
      this.reportedAt = now;
      this.onProgress(this.progress(now));
    }
  }

  private progress(now: number): ImportProgress {
    const bytesDone = Math.min(this.bytesBefore + this.bytesInSource, this.bytesTotal);
    const elapsed = now - this.startedAt;
    const perMillisecond = elapsed > 0 ? bytesDone / elapsed : 0;
    return {
      source: this.source,
      bytesDone,
      bytesTotal: this.bytesTotal,
      conversations: this.conversations,
      messages: this.messages,
      refused: this.refusals,
      elapsedMilliseconds: elapsed,
      bytesPerSecond: Math.round(perMillisecond * 1000),
      messagesPerSecond: elapsed > 0 ? Math.round((this.messages * 1000) / elapsed) : 0,
      remainingMilliseconds:
        perMillisecond > 0 ? Math.round((this.bytesTotal - bytesDone) / perMillisecond) : null,
    };
  }
}
