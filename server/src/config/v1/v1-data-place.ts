import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

export interface DataPlaceQuestion {
  /** v1's database_url; nothing when it was not set. */
  databaseUrl: string | undefined;
  /** Folder of config.yaml, and where v1 ran. */
  folder: string;
  homeDirectory: string;
  exists: (path: string) => boolean;
}

export interface DataPlace {
  /** As written in config.yaml: relative to it where it can be. */
  dataDirectory: string;
  /** Only where the name alone would not find it; relative to the data directory. */
  databaseUrl: string | undefined;
  /** v1's file, absolute; nothing when it is not on this machine. */
  found: string | undefined;
}

const defaultName = "sekha.db";
/** v1 kept its files here; with containers it is the folder that is mounted as /data. */
const defaultFolder = "data";

/**
 * Where v1's SQLite file is, and the configuration with which a start finds it. The folder of
 * config.yaml itself is never made the data directory: it holds files of other programs.
 */
export function v1DataPlace(question: DataPlaceQuestion): DataPlace {
  const { folder, exists } = question;
  const name = namedFile(question.databaseUrl);
  const found = candidates(question, name).find(exists);
  if (found === undefined) {
    return { dataDirectory: defaultFolder, databaseUrl: urlOf(name), found };
  }
  const place = dirname(found);
  if (place === folder) {
    return { dataDirectory: defaultFolder, databaseUrl: `sqlite://../${basename(found)}`, found };
  }
  return { dataDirectory: written(place, folder), databaseUrl: urlOf(basename(found)), found };
}

/** `sqlite://data/sekha.db?mode=rwc` as `data/sekha.db`. */
function namedFile(databaseUrl: string | undefined): string | undefined {
  const path = databaseUrl?.replace(/^sqlite:(\/\/)?/i, "").split("?")[0];
  return path === "" ? undefined : path;
}

/** An absolute path that is not here is one inside a container: its folder is mounted from `data`. */
function candidates(
  { folder, homeDirectory }: DataPlaceQuestion,
  name: string | undefined,
): string[] {
  const base = basename(name ?? defaultName);
  const named = name === undefined ? [] : [resolve(folder, name)];
  const mounted = [join(folder, defaultFolder, base), join(folder, base)];
  const home = [join(homeDirectory, ".sekha", "data", base), join(homeDirectory, ".sekha", base)];
  return [...named, ...mounted, ...(name === undefined ? home : [])];
}

function urlOf(name: string | undefined): string | undefined {
  const base = basename(name ?? defaultName);
  return base === defaultName ? undefined : `sqlite://${base}`;
}

function written(place: string, folder: string): string {
  const path = relative(folder, place);
  return path.startsWith("..") || isAbsolute(path) ? place : path.split(sep).join("/");
}
