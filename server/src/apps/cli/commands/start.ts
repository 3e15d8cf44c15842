import type { Command } from "commander";
import type { Config } from "../../../config/config.ts";
import { formatConfigProblems } from "../../../config/format-config-error.ts";
import { nearestKey } from "../../../config/nearest-key.ts";
import { serviceNames } from "../../../config/server-section.ts";
import type { Action } from "../action.ts";
import { usageError } from "../cli-error.ts";
import { reloadOnChange } from "../config-reload.ts";
import { EXIT } from "../exit-codes.ts";
import { reachable, type Session } from "../session.ts";
import { renderPairs } from "../table.ts";

export function addStartCommand(program: Command, action: Action): void {
  program
    .command("start")
    .description("Start Sekha and run until it is stopped.")
    .argument(
      "[services...]",
      `which of ${serviceNames.join(", ")}; all configured ones when absent`,
    )
    .addHelpText(
      "after",
      `
Ctrl-C (or SIGTERM) answers what is under way and stops; a second one stops at once.

Examples:
  $ sekha start
  $ sekha start controller --data-dir ./memory
  $ SEKHA__SERVER__PORT=9090 sekha start
`,
    )
    .action(action(start));
}

async function start(session: Session, named: string[]): Promise<void> {
  const { config, io } = session;
  const services = checkedServices(named, config);
  const { startServices, createLogger } = await io.services();
  const json = config.logFormat === "json";
  const log = createLogger({
    level: session.quiet ? "error" : config.logLevel,
    format: json ? "json" : "pretty",
    destination: io.stdout,
    colour: session.colour,
  });
  if (config.warnings.length > 0) {
    session.note(`${formatConfigProblems(config.warnings, { color: session.colour })}\n`);
  }
  logConfiguration(config, log);
  const stop = stopRequest(session);
  try {
    const running = await startServices({ config, services, log });
    announce(session, { config, running, jsonLog: json });
    const endReload = reloadOnChange({
      config,
      load: () => session.readConfig(),
      apply: (changed) => running.reload(changed),
      onReloadSignal: io.onReloadSignal,
      log,
    });
    await stop.requested;
    endReload();
    await running.close();
  } finally {
    stop.forget();
  }
}

/** Which file, which providers, and what was read in another spelling or filled in. */
function logConfiguration(
  { file, llmProviders, notes }: Config,
  log: { info(message: string): void },
): void {
  const ids = llmProviders.map(({ id }) => id).join(", ");
  log.info(`Configuration from ${file ?? "defaults and environment"}, providers: ${ids}`);
  for (const note of notes) log.info(`Configuration: ${note}`);
}

function checkedServices(named: readonly string[], config: Config): readonly string[] {
  for (const name of named) {
    if ((serviceNames as readonly string[]).includes(name)) continue;
    const nearest = nearestKey(name, serviceNames);
    throw usageError(
      `There is no service ${name}.`,
      nearest === undefined
        ? `Services are ${serviceNames.join(", ")}.`
        : `Did you mean ${nearest}?`,
    );
  }
  return named.length === 0 ? config.services : [...new Set(named)];
}

function stopRequest({ io }: Session): { requested: Promise<void>; forget: () => void } {
  let forget = () => {};
  const requested = new Promise<void>((resolve) => {
    let stopping = false;
    forget = io.onStopSignal(() => {
      if (stopping) io.exit(EXIT.interrupted);
      stopping = true;
      resolve();
    });
  });
  return { requested, forget: () => forget() };
}

interface Announcement {
  config: Config;
  running: { addresses: { name: string; url: string }[]; firstKey: string | null };
  /** The log is for programs, and so lines for people stay out of it. */
  jsonLog: boolean;
}

function announce(session: Session, { config, running, jsonLog }: Announcement): void {
  const { addresses, firstKey } = running;
  if (session.json) {
    const { dataDirectory } = config;
    session.printJson({ addresses, data_directory: dataDirectory, first_key: firstKey });
    return;
  }
  const lines = renderPairs([
    ...addresses.map(({ name, url }) => [name, session.paint("cyan", reachable(url))] as const),
    ["data", config.dataDirectory],
    ["docs", `${reachable(addresses[0]?.url ?? "")}/docs`],
  ]);
  if (!jsonLog && !session.quiet) session.print(`\nSekha is ready.\n\n${lines}\n`);
  if (firstKey !== null) {
    const shown = `API key (shown this once, keep it):\n\n  ${session.paint("bold", firstKey)}\n`;
    if (jsonLog) session.io.stderr.write(`${shown}\n`);
    else session.print(shown);
  }
  if (!jsonLog && !session.quiet) session.print("Press Ctrl-C to stop.");
}
