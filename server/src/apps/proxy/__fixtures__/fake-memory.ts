import type {
  AnsweredTurns,
  MemoryBlock,
  MemoryReport,
  MemoryRequest,
  PreparedMemory,
  ProxyMemory,
} from "../proxy-memory.ts";

export const NOTHING_RECALLED: MemoryReport = {
  recall: "none",
  conversationId: "6f1c2b34-9a5d-4e0f-8b7a-1c2d3e4f5a6b",
  contextUsed: [],
  contextTokens: 0,
  rebuilt: false,
  tookMs: 1,
  note: null,
};

/** What a memory recalls that knows one thing. */
export const BLOCK = "<recalled_memory>\n[1] user: The key is under the mat.\n</recalled_memory>";

export const RECALLED: MemoryReport = {
  ...NOTHING_RECALLED,
  recall: "used",
  contextUsed: [
    {
      conversationId: "11111111-9a5d-4e0f-8b7a-1c2d3e4f5a6b",
      messageId: "22222222-9a5d-4e0f-8b7a-1c2d3e4f5a6b",
      label: "Schlüssel",
      folder: "/home",
      timestamp: "2026-01-25T20:30:00Z",
    },
  ],
  contextTokens: 21,
};

/** Notes what it is asked and given; recalls what it is told to. */
export class FakeMemory implements ProxyMemory {
  readonly asked: MemoryRequest[] = [];
  readonly captured: AnsweredTurns[] = [];
  /** The last user turn gets the block, when there is one. */
  block: string | null = null;
  /** Until this resolves nothing is safe on disk. */
  disk: Promise<void> = Promise.resolve();

  async prepare(request: MemoryRequest): Promise<PreparedMemory> {
    this.asked.push(request);
    const blocks = request.mode.read ? this.#blocks(request) : [];
    return {
      blocks,
      report: blocks.length > 0 ? RECALLED : NOTHING_RECALLED,
      capture: async (answer) => {
        await this.disk;
        this.captured.push(answer);
      },
    };
  }

  waiting(): number {
    return 0;
  }

  refused = 0;

  setAside(): number {
    return this.refused;
  }

  async forget(): Promise<void> {}

  async close(): Promise<void> {}

  #blocks({ turns }: MemoryRequest): MemoryBlock[] {
    const turn = turns.findLastIndex(({ role }) => role === "user");
    return this.block === null || turn === -1 ? [] : [{ turn, text: this.block }];
  }
}
