import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Node keeps here what it compiled: most of the time of a short command, and of a thread that a test starts.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, "node_modules/.cache/compiled");

const shared = {
  resolve: { conditions: ["source", "import", "module", "default"] },
  // "source" only: what stands here is given to Node, where "import" would hold for `require` too.
  ssr: { resolve: { conditions: ["source"] } },
};

/** Small and medium tests beside the code, e2e on the real program, soak on request only. */
export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          include: [
            "{sdk,server,model}/**/*.test.ts",
            "test/*.test.ts",
            "test/deploy/**/*.test.ts",
            "test/support/**/*.test.ts",
            "bench/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**", "**/dist/**"],
          testTimeout: 20_000,
          // PGlite takes some seconds to start on a busy machine.
          hookTimeout: 60_000,
          // Without it one core is left free, which of two is half.
          maxWorkers: "100%",
        },
      },
      {
        ...shared,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // They name TypeScript under "source", which Node does not take from node_modules.
          server: { deps: { inline: [/@modelcontextprotocol\/client/, /eventsource/] } },
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // After the others, whose limits are shorter. A file mostly waits for one program: two fill two cores.
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
      {
        ...shared,
        test: {
          name: "soak",
          include: process.env.SEKHA_SOAK ? ["test/soak/**/*.test.ts"] : [],
          testTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
