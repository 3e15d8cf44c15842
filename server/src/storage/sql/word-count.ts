/** Words as people count them: runs without white space, and each character where no space separates. */
export function countWords(text: string): number {
  let count = 0;
  let inside = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const space = code === 32 || (code >= 9 && code <= 13) || code === 160;
    if (!space && !inside) count += 1;
    inside = !space;
  }
  return count;
}
