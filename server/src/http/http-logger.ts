/** The part of pino that the HTTP layer needs. */
export interface HttpLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** Whether what is logged at a level is written anywhere; absent: it may be. */
  isLevelEnabled?(level: "debug"): boolean;
}
