/** What issue 6 §3 promises of the command line. Tests cite the ids. */
export const CLI_SECTIONS = [
  {
    source: "issue 6 §3",
    promises: {
      "cli.writing":
        "conversations are stored, changed, put away, taken back and erased by commands",
      "cli.starting-server":
        "commands wait for a server that has the directory and is about to listen",
      "cli.import-stopped": "an import that was stopped is called so, with how to go on",
      "cli.ask": "sekha ask answers from memory, streamed, with the sources it names",
      "cli.reference": "docs/reference has the help of every command",
      "cli.administration":
        "commands for providers, costs, keys, users, labels, configuration and MCP work end to end",
      "cli.completion": "bash, zsh and fish complete commands, options and their values",
    },
  },
] as const;
