import { join } from "node:path";

/** How one program that speaks MCP is told of a server. */
interface McpClient {
  title: string;
  /** Below which key its servers stand. */
  section: "mcpServers" | "servers";
  /** Whether an entry names its transport. */
  namesType: boolean;
  file(place: Place): string;
  /** What to do afterwards. */
  next: string;
}

export interface Place {
  platform: string;
  homeDirectory: string;
  env: Readonly<Record<string, string | undefined>>;
}

export interface ServerEntry {
  type?: "stdio";
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** Paths and shapes as the programs document them (November 2026). */
export const MCP_CLIENTS = {
  "claude-desktop": {
    title: "Claude Desktop",
    section: "mcpServers",
    namesType: false,
    file: (place) => join(settingsFolder(place), "Claude", "claude_desktop_config.json"),
    next: "Quit Claude Desktop and start it again.",
  },
  "claude-code": {
    title: "Claude Code",
    section: "mcpServers",
    namesType: true,
    file: ({ homeDirectory }) => join(homeDirectory, ".claude.json"),
    next: "Start a new session; /mcp shows the server.",
  },
  cursor: {
    title: "Cursor",
    section: "mcpServers",
    namesType: false,
    file: ({ homeDirectory }) => join(homeDirectory, ".cursor", "mcp.json"),
    next: "Cursor asks to enable the server, in Settings under MCP.",
  },
  vscode: {
    title: "VS Code",
    section: "servers",
    namesType: true,
    file: (place) => join(settingsFolder(place), "Code", "User", "mcp.json"),
    next: "Run the command MCP: List Servers in VS Code and start it.",
  },
} as const satisfies Record<string, McpClient>;

export type McpClientName = keyof typeof MCP_CLIENTS;

export const MCP_CLIENT_NAMES = Object.keys(MCP_CLIENTS) as readonly McpClientName[];

/** The name under which clients list the server. */
export const ENTRY_NAME = "sekha";

export function clientNamed(name: McpClientName): McpClient {
  return MCP_CLIENTS[name];
}

/** The entry in the client's own shape. */
export function entryFor(
  { namesType }: McpClient,
  { command, args, env }: Omit<ServerEntry, "type">,
): ServerEntry {
  return {
    ...(namesType ? { type: "stdio" as const } : {}),
    ...{ command, args },
    ...(env === undefined || Object.keys(env).length === 0 ? {} : { env }),
  };
}

function settingsFolder({ platform, homeDirectory, env }: Place): string {
  if (platform === "darwin") return join(homeDirectory, "Library", "Application Support");
  if (platform === "win32") return env.APPDATA || join(homeDirectory, "AppData", "Roaming");
  return env.XDG_CONFIG_HOME || join(homeDirectory, ".config");
}
