/** Version 1's tools took 0 to 10; the scale is 1 to 10. */
export function importanceOf(score: number): number {
  return Math.max(1, score);
}
