import type { ProxyStore } from "../../core/ports/proxy-store.ts";
import { DatabaseThread } from "../sqlite/database-thread.ts";
import type { ProxyArgument, ProxyOperations } from "./proxy-operations.ts";

/**
 * Opens (and makes or migrates) the proxy's own file, `proxy.db` in the data directory: it works while the controller
 * is down.
 */
export async function openProxyDatabase(file: string): Promise<ProxyStore> {
  const thread = new DatabaseThread({ file, role: "proxy" });
  await thread.open();
  const call = async <Name extends keyof ProxyOperations>(
    name: Name,
    argument: { [Key in keyof ProxyArgument<Name>]: Readonly<ProxyArgument<Name>[Key]> },
  ) => (await thread.call(name, argument)) as ReturnType<ProxyOperations[Name]>;
  return {
    conversation: (owner, id) => call("conversation", { owner, id }),
    findByHistory: (owner, hashes) => call("findByHistory", { owner, hashes: [...hashes] }),
    findByWindow: (owner, windows) => call("findByWindow", { owner, windows: [...windows] }),
    turns: async (owner, conversationId, by) =>
      (await thread.call("turns", { owner, conversationId, ...by })) as ReturnType<
        ProxyOperations["turns"]
      >,
    add: async (owner, conversation, branch) => {
      await thread.call("add", { owner, conversation, branch });
    },
    freeze: (owner, frozen) => call("freeze", { owner, ...frozen }),
    dropBlocks: (owner, conversationId, hashes) =>
      call("dropBlocks", { owner, conversationId, hashes: [...hashes] }),
    skip: (owner, conversationId, turns) =>
      call("skip", { owner, conversationId, turns: [...turns] }),
    spool: (owner, kept) => call("spool", { owner, ...kept, turns: [...kept.turns] }),
    waiting: ({ limit, except }) => call("waiting", { limit, except: [...except] }),
    counts: async () => (await thread.call("counts", {})) as ReturnType<ProxyOperations["counts"]>,
    delivered: (number) => call("delivered", { number }),
    setAside: (number, reason) => call("setAside", { number, reason }),
    tryRefusedAgain: () => call("tryRefusedAgain", {}),
    forget: (owner, ids) => call("forget", { owner, ids: [...ids] }),
    forgetOwner: (owner) => call("forgetOwner", { owner }),
    mentioned: async () =>
      (await thread.call("mentioned", {})) as ReturnType<ProxyOperations["mentioned"]>,
    expire: (before) => call("expire", { before }),
    close: () => thread.close(),
  };
}
