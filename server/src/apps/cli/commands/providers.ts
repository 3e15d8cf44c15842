import { type Command, Option } from "commander";
import type { Action } from "../action.ts";
import { addBridgeOption, type BridgeOptions, withRunningBridge } from "../bridge-connection.ts";
import type { Session } from "../session.ts";
import { safeLine } from "../terminal-text.ts";
import { showProvidersHealth } from "./providers-health.ts";
import { listProviders } from "./providers-list.ts";
import { testProviders } from "./providers-test.ts";

export function addProviderCommands(program: Command, action: Action): void {
  const providers = program
    .command("providers")
    .description("List, watch and test the LLM providers.")
    .addHelpText(
      "after",
      "\nExamples:\n  $ sekha providers list\n  $ sekha providers health\n  $ sekha providers test\n",
    );
  addBridgeOption(providers.command("list"))
    .description("List providers and models: tasks, sizes, prices, defaults.")
    .addHelpText(
      "after",
      `
Without a running bridge, what the configuration says.

Examples:
  $ sekha providers list
  $ sekha providers list --json
`,
    )
    .action(action(listProviders));
  addBridgeOption(providers.command("health"))
    .description("Say how every provider is, and when one that failed is tried again.")
    .option("--probe", "ask each provider first; costs nothing")
    .addHelpText(
      "after",
      `
Exits with 1 when a provider is unhealthy or misconfigured.

Examples:
  $ sekha providers health
  $ sekha providers health --probe --json
`,
    )
    .action(action(showProvidersHealth));
  addTestCommand(providers, action);
  addBridgeOption(providers.command("reset"))
    .description("Try a provider again at once: closes its circuit breakers.")
    .argument("<id>", "id of the provider")
    .addHelpText("after", "\nExamples:\n  $ sekha providers reset openai\n")
    .action(action(resetProvider));
}

function addTestCommand(providers: Command, action: Action): void {
  addBridgeOption(providers.command("test"))
    .description("Ask one provider, or all of them, whether it answers.")
    .argument("[id]", "id of the provider; all when absent")
    .addOption(
      new Option("--task <task>", "make one small real call of this task; may cost a little"),
    )
    .addHelpText(
      "after",
      `
Without --task nothing is spent. Exits with 1 when a provider fails.

Examples:
  $ sekha providers test
  $ sekha providers test openai --task chat_smart
`,
    )
    .action(action(testProviders));
}

async function resetProvider(session: Session, id: string, options: BridgeOptions) {
  const answer = await withRunningBridge(session, options, ({ client }) =>
    client.resetProvider(id),
  );
  if (session.json) session.printJson(answer);
  else session.note(`${safeLine(answer.provider_id)} is tried again with the next request.`);
}
