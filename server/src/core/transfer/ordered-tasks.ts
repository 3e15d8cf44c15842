/** Runs tasks side by side, at most `limit`; those with the same key one after another. */
export class OrderedTasks {
  private readonly limit: number;
  private readonly running = new Set<Promise<void>>();
  private readonly last = new Map<string, Promise<void>>();

  constructor(limit: number) {
    this.limit = Math.max(1, limit);
  }

  /** Resolves once the task may be left alone: there is room for the next. Tasks must not reject. */
  async start(key: string, task: () => Promise<void>): Promise<void> {
    const before = this.last.get(key);
    const running = (before === undefined ? task() : before.then(task)).finally(() => {
      this.running.delete(running);
      if (this.last.get(key) === running) {
        this.last.delete(key);
      }
    });
    this.running.add(running);
    this.last.set(key, running);
    if (this.running.size >= this.limit) {
      await Promise.race(this.running);
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.running);
  }
}
