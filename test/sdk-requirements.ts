/** What issue 6 §2 promises of the SDK. Tests cite the ids. */
export const SDK_SECTIONS = [
  {
    source: "issue 6 §2",
    promises: {
      "sdk.stream": "streams are async iterables that end in an error when they are cut",
    },
  },
] as const;
