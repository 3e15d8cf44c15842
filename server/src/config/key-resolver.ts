import type { z } from "zod";
import { type Alias, aliasesFor, type FlatServerSection, fits } from "./aliases.ts";
import { nearestKey } from "./nearest-key.ts";
import { configSchema } from "./schema.ts";
import { keysOf, schemaAt, walkSchema } from "./schema-walk.ts";

export type ResolvedKey =
  | { kind: "known"; path: readonly string[]; schema: z.ZodType; aliases: readonly Alias[] }
  /** A mapping that only holds other spellings, such as v1's `database:`. */
  | { kind: "table" }
  /** Has no use any more. */
  | { kind: "unused" }
  | { kind: "unknown" };

/** Finds what a written key means: the key itself, another spelling of one, or nothing. */
export class KeyResolver {
  readonly #aliases: readonly Alias[];
  #known: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(flatServerSection: FlatServerSection) {
    this.#aliases = aliasesFor(flatServerSection);
  }

  resolve(written: readonly string[]): ResolvedKey {
    let path = written;
    const aliases: Alias[] = [];
    for (let alias = this.#aliasOf(path); alias !== undefined; alias = this.#aliasOf(path)) {
      if (alias.to === undefined) return { kind: "unused" };
      path = rewrite(path, { from: alias.from, to: alias.to });
      aliases.push(alias);
    }
    const schema = schemaAt(configSchema, path);
    if (schema !== undefined) return { kind: "known", path, schema, aliases };
    if (this.#aliases.some(({ from }) => from.length > path.length && fitsTable(from, path))) {
      return { kind: "table" };
    }
    return { kind: "unknown" };
  }

  /**
   * The known key that an unknown one may mean: a sibling first, then a key of that name elsewhere,
   * then anything that reads alike.
   */
  suggest(written: readonly string[]): readonly string[] | undefined {
    const parent = written.slice(0, -1);
    const last = written.at(-1) ?? "";
    const sibling = nearestKey(last, this.#siblings(parent));
    if (sibling !== undefined) return [...parent, sibling];
    this.#known ??= new Map(
      [...walkSchema(configSchema)].map(({ path }) => [path.join("_"), path]),
    );
    for (const path of this.#known.values()) {
      if (path.length > 1 && path.at(-1) === last) return path;
    }
    const alike = nearestKey(written.join("_"), this.#known.keys());
    return alike === undefined ? undefined : this.#known.get(alike);
  }

  #siblings(parent: readonly string[]): string[] {
    const resolved = this.resolve(parent);
    const spelled = this.#aliases
      .filter(({ from }) => from.length > parent.length && fitsTable(from, parent))
      .map(({ from }) => from[parent.length] ?? "");
    return [...(resolved.kind === "known" ? keysOf(resolved.schema) : []), ...spelled];
  }

  #aliasOf(path: readonly string[]): Alias | undefined {
    const [first] = path;
    return this.#aliases.find((alias) => alias.from[0] === first && fits(alias.from, path));
  }
}

/** True when the path is the beginning of the alias: a table that holds the spelling. */
function fitsTable(from: readonly string[], path: readonly string[]): boolean {
  return fits(from.slice(0, path.length), path);
}

function rewrite(
  path: readonly string[],
  alias: { from: readonly string[]; to: readonly string[] },
) {
  const indices = path.slice(0, alias.from.length).filter((_, index) => alias.from[index] === "*");
  const target = alias.to.map((part) => (part === "*" ? (indices.shift() ?? part) : part));
  return [...target, ...path.slice(alias.from.length)];
}
