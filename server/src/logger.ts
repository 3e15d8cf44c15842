import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

export interface LoggerOptions {
  level: string;
  format: "pretty" | "json";
  destination: NodeJS.WritableStream;
  colour?: boolean;
}

const CENSORED = "[redacted]";
const SECRET_KEYS = [
  ...["key", "apiKey", "api_key", "x-api-key", "mcpApiKey", "mcp_api_key", "restApiKey"],
  ...["rest_api_key", "additionalApiKeys", "additional_api_keys", "authorization", "cookie"],
  ...["password", "secret", "token"],
];
/** Keys of providers and of Sekha, wherever a text quotes them; the first characters tell which. */
const KEY_IN_TEXT = /\b(sk-(?:sekha-)?[\w-]{4})[\w-]{12,}/g;
/** Control characters but the tab: a file's name must not write lines or colours of its own. */
const CONTROL = /[^\P{Cc}\t]+/gu;

/** Readable lines on a terminal, JSON lines for machines; secrets are hidden in both. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    redact: { paths: SECRET_KEYS.flatMap(pathsOf), censor: CENSORED },
    hooks: { streamWrite: (line: string) => line.replace(KEY_IN_TEXT, `$1…${CENSORED}`) },
  };
  if (options.format === "json") {
    return pino({ ...settings, timestamp: pino.stdTimeFunctions.isoTime }, options.destination);
  }
  const stream = pretty({
    colorize: options.colour ?? false,
    translateTime: "SYS:HH:MM:ss.l",
    ignore: "pid,hostname",
    singleLine: true,
    messageFormat: (log, messageKey) => String(log[messageKey] ?? "").replace(CONTROL, " "),
    destination: options.destination,
  });
  return pino(settings, stream);
}

/** A secret is hidden at the top and up to two levels below. */
function pathsOf(key: string): string[] {
  const name = `["${key}"]`;
  return [name, `*${name}`, `*.*${name}`];
}
