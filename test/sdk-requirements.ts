/** What issue 6 §2 promises of the SDK. Tests cite the ids. */
export const SDK_SECTIONS = [
  {
    source: "issue 6 §2",
    promises: {
      "sdk.stream": "streams are async iterables that end in an error when they are cut",
      "sdk.v1-names": "names and options of version 1's SDK mean what they meant",
      "sdk.workflows":
        "version 1's ways through memory and model work: store and query, chat with context",
      "sdk.examples": "the examples do what they say, against a real server",
      "sdk.reference": "the reference of all exported names comes from types and docstrings",
      "sdk.editors":
        "the VS Code and Obsidian extensions find the shapes they were written against",
    },
  },
  {
    source: "issue 6, what it must show; decision 15",
    promises: {
      "sdk.everywhere": "one suite passes in Node with modules and with CommonJS, and in Chromium",
      "sdk.browser-key": "a browser of another origin may call with a key, every service",
      "sdk.types":
        "its types compile for strict consumers, with import and require, and refuse what is wrong",
      "sdk.size":
        "the client alone is at most 10 kB gzipped in a bundle, and unused parts fall away",
    },
  },
] as const;
