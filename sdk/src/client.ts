export type { ErrorCode } from "./contract/errors.ts";
