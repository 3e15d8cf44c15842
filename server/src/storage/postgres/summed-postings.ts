/** The messages that match a part of a query, ascending, and how much that tells (above 0). */
export interface WeightedPostings {
  numbers: Float64Array;
  weight: number;
}

/** Messages with the summed weights of what they match, ascending. */
export interface SummedPostings {
  numbers: Float64Array;
  scores: Float32Array;
}

const BUCKETS = 1024;

/** About 5 ns for each message of each list; the shortest lists first take least. */
export function summedPostings(lists: readonly WeightedPostings[]): SummedPostings {
  let sum: SummedPostings = { numbers: new Float64Array(0), scores: new Float32Array(0) };
  for (const list of lists) sum = merged(sum, list);
  return sum;
}

/** Those whose numbers are in `wanted` (ascending), with the scores they have, 0 without one. */
export function restrictedTo(sum: SummedPostings, wanted: Float64Array): SummedPostings {
  const scores = new Float32Array(wanted.length);
  let at = 0;
  for (const [place, number] of wanted.entries()) {
    while ((sum.numbers[at] ?? Number.POSITIVE_INFINITY) < number) at += 1;
    if (sum.numbers[at] === number) scores[place] = sum.scores[at] ?? 0;
  }
  return { numbers: wanted, scores };
}

/** Some `count` of the best, to a thousandth of the best score; the newest of equals. In no order. */
export function bestOf({ numbers, scores }: SummedPostings, count: number): number[] {
  if (numbers.length <= count) return Array.from(numbers);
  const highest = scores.reduce((most, score) => Math.max(most, score), 0) || 1;
  const buckets = Uint16Array.from(scores, (score) => (score / highest) * (BUCKETS - 1));
  const { threshold, room } = thresholdOf(buckets, count);
  const above = numbers.filter((_, at) => (buckets[at] ?? 0) > threshold);
  const equal = numbers.filter((_, at) => buckets[at] === threshold);
  return [...above, ...equal.subarray(equal.length - room)];
}

/** All above the threshold are among the first `count`, and `room` of those in its bucket. */
function thresholdOf(buckets: Uint16Array, count: number): { threshold: number; room: number } {
  const sizes = new Uint32Array(BUCKETS);
  for (const bucket of buckets) sizes[bucket] = (sizes[bucket] ?? 0) + 1;
  let threshold = BUCKETS - 1;
  let room = count;
  while (threshold > 0 && (sizes[threshold] ?? 0) <= room) {
    room -= sizes[threshold] ?? 0;
    threshold -= 1;
  }
  return { threshold, room };
}

function merged(sum: SummedPostings, { numbers, weight }: WeightedPostings): SummedPostings {
  const room = sum.numbers.length + numbers.length;
  const all = new Float64Array(room);
  const scores = new Float32Array(room);
  let [left, right, length] = [0, 0, 0];
  while (left < sum.numbers.length || right < numbers.length) {
    const one = sum.numbers[left] ?? Number.POSITIVE_INFINITY;
    const other = numbers[right] ?? Number.POSITIVE_INFINITY;
    all[length] = Math.min(one, other);
    scores[length] = (one <= other ? (sum.scores[left] ?? 0) : 0) + (other <= one ? weight : 0);
    if (one <= other) left += 1;
    if (other <= one) right += 1;
    length += 1;
  }
  return { numbers: all.subarray(0, length), scores: scores.subarray(0, length) };
}
