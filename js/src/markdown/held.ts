/**
 * What is not shown yet: a last line of nothing but marks.
 *
 * `Title⏎-` is a heading by the letter, and for the time of one character: what follows makes a list, a rule or the head of a table of
 * it. So such a line waits until it says something, until it ends, or until the text does.
 */

/** Characters of such a line: the ruler of a wide table is longer than any other. */
const LONGEST = 400;
const MARKS = /^[ \t]*[-=*+_#>`~|:][-=*+_#>`~|: \t]*$/;

/**
 * Characters at the end of a text that wait.
 *
 * @param text not complete
 * @param within it begins within a line
 */
export function heldBack(text: string, within: boolean): number {
  const begins = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
  if (within && begins === 0) return 0;
  const length = text.length - begins;
  return length <= LONGEST && MARKS.test(text.slice(begins)) ? length : 0;
}
