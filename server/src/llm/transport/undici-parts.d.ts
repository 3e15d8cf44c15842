/**
 * The two parts of undici that the bridge stands on, imported by their files: the whole package (fetch, web sockets, caches,
 * mocks) takes 10 MB more (docs/decisions/llm-layer.md). They are undici's main exports under another path.
 */
declare module "undici/lib/dispatcher/pool.js" {
  import { Pool } from "undici";

  export = Pool;
}

declare module "undici/lib/core/errors.js" {
  import { errors } from "undici";

  export = errors;
}
