/** What issue 6 §2 promises of the SDK. Tests cite the ids. */
export const SDK_SECTIONS = [
  {
    source: "issue 6 §2",
    promises: {
      "sdk.stream": "streams are async iterables that end in an error when they are cut",
      "sdk.v1-names": "names and options of version 1's SDK mean what they meant",
      "sdk.workflows":
        "version 1's ways through memory and model work: store and query, chat with context",
      "sdk.editors":
        "the VS Code and Obsidian extensions find the shapes they were written against",
    },
  },
] as const;
