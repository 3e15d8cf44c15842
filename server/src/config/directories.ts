import { dirname, resolve } from "node:path";
import type { WrittenConfig } from "./schema.ts";
import { type MapNode, originAt } from "./source-node.ts";

export interface Places {
  /** The configuration file, absolute. */
  file: string | undefined;
  cwd: string;
  homeDirectory: string;
}

type Directories = Pick<WrittenConfig, "images" | "backups"> & {
  data_directory: string;
  database_url: string | undefined;
};

/**
 * Absolute folders (decisions 29): a path in the file is relative to the file, one from the
 * environment or the command line to the working directory, `~` is the home directory.
 */
export function resolveDirectories(
  config: WrittenConfig,
  root: MapNode,
  places: Places,
): Directories {
  const fileFolder = places.file === undefined ? undefined : dirname(places.file);
  const absolute = (path: string, key: readonly string[]): string => {
    const { file, variable } = originAt(root, key);
    const fromFile = file !== undefined || variable === undefined;
    const base = fromFile ? (fileFolder ?? places.cwd) : places.cwd;
    return resolve(
      base,
      path.replace(/^~(?=$|[/\\])/, () => places.homeDirectory),
    );
  };
  const { images, backups, data_directory, database_url } = config;
  return {
    database_url: withAbsolutePath(database_url, (path) => {
      const { file, variable } = originAt(root, ["database_url"]);
      return file === undefined && variable !== undefined ? resolve(places.cwd, path) : path;
    }),
    data_directory:
      data_directory === undefined
        ? (fileFolder ?? resolve(places.homeDirectory, ".sekha"))
        : absolute(data_directory, ["data_directory"]),
    images: {
      ...images,
      file_folders: images.file_folders.map((folder, index) =>
        absolute(folder, ["images", "file_folders", String(index)]),
      ),
    },
    backups:
      backups.directory === undefined
        ? backups
        : { ...backups, directory: absolute(backups.directory, ["backups", "directory"]) },
  };
}

/** A path of its own in the environment is v1's, relative to the working directory; in the file it belongs to the data directory. */
function withAbsolutePath(
  url: string | undefined,
  absolute: (path: string) => string,
): string | undefined {
  const [, scheme = "", path = "", query = ""] =
    /^(sqlite:(?:\/\/)?)([^/?:][^?]*)(\?.*)?$/i.exec(url ?? "") ?? [];
  return path === "" ? url : `${scheme}${absolute(path)}${query}`;
}
