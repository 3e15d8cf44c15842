import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeBadInput } from "../support/bad-input/bad-input.ts";
import { SekhaProcess } from "../support/sekha-process.ts";

const API_KEY = "sk-sekha-for-the-test-of-bad-input-0123456789ab";

describeBadInput(
  "bad input on the real program [req:bad-input.every-route] [req:errors.body]",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "sekha-e2e-"));
    const sekha = await SekhaProcess.start({
      dataDirectory: join(folder, "data"),
      apiKey: API_KEY,
      environment: { SEKHA__REST_API_KEY: API_KEY, SEKHA__RATE_LIMIT_PER_MINUTE: "0" },
    });
    return {
      baseUrl: sekha.url,
      fetch: (request) => {
        request.headers.set("Authorization", `Bearer ${API_KEY}`);
        return fetch(request);
      },
      close: async () => {
        await sekha.kill();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
);
