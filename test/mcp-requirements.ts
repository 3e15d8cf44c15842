/** What issue 6 §1 promises of the MCP server. Tests cite the ids. */
export const MCP_SECTIONS = [
  {
    source: "issue 6 §1 and what it must show, wire.md §4, the migration guide's FAQ",
    promises: {
      "mcp.identity": "the server is sekha-memory 2.0.0 over stdio and HTTP",
      "mcp.tools": "every tool is listed and answers the official client, over stdio and HTTP",
      "mcp.versions": "protocol versions are negotiated, of 2025 and of 2026",
      "mcp.old-arguments": "what version 1's tools took is taken, null for absent included",
      "mcp.failures": "a failing tool is isError with what to do, never a stack",
      "mcp.misspelt": "an argument that is not there is refused by name",
      "mcp.structured": "answers are structured content of the published schema, and text",
      "mcp.quoted": "stored text is quoted and marked as data",
      "mcp.limited": "answers are limited in size and say how to get the rest; pieces join exactly",
      "mcp.progress": "long exports tell their progress to callers that ask",
      "mcp.small-list": "tools/list is the same every time and small",
      "mcp.resources":
        "conversations, folders and summaries are resources, listed in pages, read and completed",
      "mcp.prompts": "recall, catch-up and save-this are prompts",
      "mcp.scopes": "a key that may only read cannot write through a tool",
      "mcp.auth": "/mcp takes the controller's keys, and no web page without one",
      "mcp.owners": "a caller's tools and resources reach his own memory alone",
      "mcp.http-tools":
        "the HTTP tools answer in version 1's envelope with the fields clients read",
      "mcp.http-tools-auth": "the HTTP tools refuse in version 1's words and statuses",
      "mcp.model-schemas":
        "every tool's schema keeps to the rules of OpenAI, Anthropic and Gemini for functions",
      "mcp.conformance": "the server scenarios of the MCP conformance suite that apply pass",
      "mcp.inspector": "the Inspector's CLI lists and calls every tool over stdio and HTTP",
      "mcp.stdio-clean": "standard output carries the protocol alone",
      "mcp.stdio-environment":
        "sekha mcp reads CONTROLLER_URL, CONTROLLER_API_KEY and their SEKHA_ names",
      "mcp.beside-server": "beside a server sekha mcp talks to it",
      "mcp.alone": "without a server sekha mcp opens the directory itself",
      "mcp.several": "several sekha mcp on one directory work without a server, whoever ends first",
      "mcp.one-worker": "of several sekha mcp on one directory one alone imports and summarises",
      "mcp.parse-errors": "what is no JSON or no message is answered with JSON-RPC's error",
      "mcp.take-over": "a server that starts takes the directory over and running clients go on",
      "mcp.split": "sekha mcp --http serves a controller elsewhere with its callers' own keys",
      "mcp.install":
        "sekha mcp install edits a client's file: idempotent, with a copy, shown by --dry-run",
      "mcp.snippets": "the guide's snippets are what sekha mcp config prints",
    },
  },
] as const;
