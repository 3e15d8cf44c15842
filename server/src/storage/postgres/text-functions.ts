/** Each word of an owner is kept with this beside it, so that the index finds that owner's messages only. */
const MINE =
  "('''' || chr(1) || md5(nullif(current_setting('sekha.owner', true), '')) || '''')::tsquery";

/**
 * Full-text search as a function of the database. Row-level security forbids the index of words to a query that it
 * applies to (`@@` is not leakproof), so this runs with the rights of a role that it does not apply to, and takes the
 * owner from the transaction, never from the caller: without one it finds nothing.
 */
export const TEXT_FUNCTIONS = `
DROP FUNCTION IF EXISTS text_frequencies(tsquery[], integer, integer);
DROP FUNCTION IF EXISTS text_candidates(tsquery, tsquery[], double precision[], bigint, integer);

-- Which messages match each query, as an array's text, in no order. A query with a number in \`after\` is asked of the
-- messages after that one only; of the others those are not read that match more than \`frequent\` of the newest
-- \`sample\` messages, since there are too many of them.
CREATE OR REPLACE FUNCTION text_postings(
  asked tsquery[], after bigint[], sample integer, frequent integer, most integer
)
RETURNS TABLE (place integer, sampled bigint, messages text)
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET search_path FROM CURRENT AS $$
DECLARE
  mine tsquery := ${MINE};
  who text := current_setting('sekha.owner', true);
BEGIN
  FOR at IN 1 .. cardinality(asked) LOOP
    place := at;
    sampled := 0;
    messages := NULL;
    IF after[at] > 0 THEN
      -- OFFSET 0 keeps the index of words out of it: a frequent word's whole list takes longer than the new messages.
      SELECT array_agg(newer.message_seq)::text INTO messages FROM (
        SELECT w.message_seq, w.words FROM message_words w
        WHERE w.owner = who AND w.message_seq > after[at] OFFSET 0
      ) newer WHERE newer.words @@ asked[at];
    ELSE
      IF sample > 0 THEN
        SELECT count(*) INTO sampled FROM (
          SELECT w.words FROM message_words w WHERE w.owner = who
          ORDER BY w.message_seq DESC LIMIT sample
        ) newest WHERE newest.words @@ asked[at];
      END IF;
      IF sampled <= frequent THEN
        SELECT array_agg(f.message_seq)::text INTO messages FROM (
          SELECT w.message_seq FROM message_words w
          WHERE w.words @@ (mine && asked[at]) AND w.owner = who LIMIT most
        ) f;
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
`;
