/** What may be put away, and how (issue 5 §2, decision 25). Tests cite the ids. */
export const PRUNING_SECTIONS = [
  {
    source: "issue 5 §2, decision 25",
    promises: {
      "pruning.suggestions": "both thresholds hold, tokens are counted, reasons are given",
      "pruning.pinned": "what is pinned is neither suggested nor pruned",
      "pruning.delete": "nothing is deleted unless delete is asked for by name",
      "pruning.undo": "what a run archived can be made active again, also after a crash",
      "pruning.log": "runs are noted by ids and times, without words of the conversations",
    },
  },
] as const;
