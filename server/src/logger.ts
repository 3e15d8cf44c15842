import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

export interface LoggerOptions {
  level: string;
  format: "pretty" | "json";
  destination: NodeJS.WritableStream;
  colour?: boolean;
}

const SECRET_KEYS = ["apiKey", "api_key", "authorization", "password", "token", "key"];

/** Readable lines on a terminal, JSON lines for machines; values under secret-like keys are hidden. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: "[redacted]" },
  };
  if (options.format === "json") {
    return pino({ ...settings, timestamp: pino.stdTimeFunctions.isoTime }, options.destination);
  }
  const stream = pretty({
    colorize: options.colour ?? false,
    translateTime: "SYS:HH:MM:ss.l",
    ignore: "pid,hostname",
    singleLine: true,
    destination: options.destination,
  });
  return pino(settings, stream);
}
