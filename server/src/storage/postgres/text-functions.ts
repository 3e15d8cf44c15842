/** Each word of an owner is kept with this beside it, so that the index finds that owner's messages only. */
const MINE =
  "('''' || chr(1) || md5(nullif(current_setting('sekha.owner', true), '')) || '''')::tsquery";

/**
 * Full-text search as functions of the database. Row-level security forbids the index of words to a query that it
 * applies to (`@@` is not leakproof), so these run with the rights of a role that it does not apply to, and take the
 * owner from the transaction, never from the caller: without one they find nothing.
 */
export const TEXT_FUNCTIONS = `
-- In how many messages each of the words stands: of the newest \`sample\` messages, and of all but no more than \`most\`.
-- A word of every tenth message is not counted further: to read where it stands takes too long.
CREATE OR REPLACE FUNCTION text_frequencies(asked tsquery[], sample integer, most integer)
RETURNS TABLE (place integer, sampled bigint, holding bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET search_path FROM CURRENT AS $$
DECLARE
  mine tsquery := ${MINE};
  who text := current_setting('sekha.owner', true);
BEGIN
  FOR at IN 1 .. cardinality(asked) LOOP
    place := at;
    sampled := 0;
    holding := NULL;
    IF sample > 0 THEN
      SELECT count(*) INTO sampled FROM (
        SELECT w.words FROM message_words w WHERE w.owner = who
        ORDER BY w.message_seq DESC LIMIT sample
      ) newest WHERE newest.words @@ asked[at];
    END IF;
    IF sampled * 10 <= sample THEN
      SELECT count(*) INTO holding FROM (
        SELECT 1 FROM message_words w
        WHERE w.words @@ (mine && asked[at]) AND w.owner = who LIMIT most
      ) f;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;

-- Messages after \`after\` that match \`selector\`, at most \`most\`, each with the weights of the words it holds: BM25
-- with k1 = 1.2, b = 0.75 and a usual length of 100. ts_rank is 0.0607927 for a word that stands there once and grows
-- with its places, ever slower, as BM25 wants it.
CREATE OR REPLACE FUNCTION text_candidates(
  selector tsquery, asked tsquery[], weights double precision[], after bigint, most integer
)
RETURNS TABLE (message bigint, score double precision)
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET search_path FROM CURRENT AS $$
DECLARE
  mine tsquery := ${MINE};
  who text := current_setting('sekha.owner', true);
  sum_of_weights text := (
    SELECT string_agg(format(
      CASE WHEN numnode(asked[at]) = 1 THEN '$2[%1$s] * ts_rank(w.words, $1[%1$s])'
      ELSE 'CASE WHEN w.words @@ $1[%1$s] THEN $2[%1$s] * 0.0607927 ELSE 0 END' END,
      at), ' + ')
    FROM generate_subscripts(asked, 1) AS at
  );
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT w.message_seq, (%s)::double precision / 0.0607927 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * w.length / 100.0))
     FROM (
       SELECT m.message_seq, m.length, m.words FROM message_words m
       WHERE m.words @@ $3 AND m.owner = $4 AND m.message_seq > $5 LIMIT $6
     ) w', coalesce(sum_of_weights, '0'))
  USING asked, weights, mine && selector, who, after, most;
END $$;
`;
