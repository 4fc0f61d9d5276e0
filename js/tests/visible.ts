/**
 * What of a text that still grows is to be seen: a last line of marks alone waits (`held.ts`). Told here a second time and in another
 * way, character by character, so that the two can disagree.
 */
export function visible(text: string): string {
  let begins = text.length;
  while (begins > 0 && !"\n\r".includes(text[begins - 1] as string)) begins--;
  const line = text.slice(begins);
  const signs = [...line].filter((sign) => sign !== " " && sign !== "\t");
  const waits = signs.length > 0 && line.length <= 400 && signs.every((sign) => "-=*+_#>`~|:".includes(sign));
  return waits ? text.slice(0, begins) : text;
}
