import process from "node:process";

const { PATH = "", NODE_COMPILE_CACHE } = process.env;

/**
 * What a program that a test starts gets of the environment of the tests: where programs are, and the cache of compiled
 * modules (vitest.config.ts), without which half of a short command's time is the compiling of its source.
 */
export const PROGRAM_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH,
  ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
};
