import type { Command } from "commander";
import type { Action } from "../action.ts";
import { healthChecks, settledHealth } from "../doctor-checks.ts";
import { EXIT } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import { renderPairs } from "../table.ts";

export function addHealthCommand(program: Command, action: Action): void {
  program
    .command("health")
    .description("Say whether the memory can be read and written, and what is degraded.")
    .addHelpText(
      "after",
      `
Exits with 1 when it is unhealthy. \`sekha status\` says more, \`sekha doctor\` looks for causes.

Examples:
  $ sekha health
  $ sekha health --json
`,
    )
    .action(action(showHealth));
}

async function showHealth(session: Session): Promise<void> {
  const health = await session.withMemory(({ client, place }) =>
    place.kind === "directory" ? settledHealth(session, client) : client.health(),
  );
  if (health.status === "unhealthy") session.exitCode = EXIT.failure;
  if (session.json) return session.printJson(health);
  const styles = { healthy: "green", degraded: "yellow", unhealthy: "red" } as const;
  session.print(
    renderPairs([
      ["status", session.paint(styles[health.status], health.status)],
      ...healthChecks(health).map(
        ([name, check]) =>
          [
            name,
            check.error === undefined ? check.status : `${check.status}: ${check.error}`,
          ] as const,
      ),
    ]),
  );
}
