/**
 * Words that are left out of a query: function words, question words, pronouns and the halves of contractions. They
 * stay in the index. Deliberately no verbs of talking ("tell", "mention", "discuss") and nothing learned from a data
 * set: a rare word must keep its weight, and frequency takes care of the common ones.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by
  can cannot could did do does doing down during each either else ever few for from further had has have having he her
  here hers herself him himself his how i if in into is it its itself just let me more most my myself no nor not of off
  on once only or other ought our ours ourselves out over own same shall she should so some such than that the their
  theirs them themselves then there these they this those through to too under until up upon us very was we were what
  when where which while who whom whose why will with would you your yours yourself yourselves
  s t d ll m re ve don didn doesn isn aren wasn weren hasn haven hadn couldn wouldn shouldn won`.split(
    /\s+/,
  ),
);
