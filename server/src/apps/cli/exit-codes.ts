/** Exit codes, as --help documents them. 64 is EX_USAGE of sysexits.h, 130 is 128 + SIGINT. */
export const EXIT = { ok: 0, failure: 1, partial: 2, usage: 64, interrupted: 130 } as const;
