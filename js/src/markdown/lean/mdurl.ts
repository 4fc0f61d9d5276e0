/**
 * In the place of the package `mdurl`: an address is taken apart only to be put together again, but for hosts of other letters, which
 * are left to the browser (`punycode.js.ts`). So it stays in one piece, and what may not stand in an address is encoded in all of it.
 */

const PLAIN = /%[\da-f]{2}|[\ud800-\udbff][\udc00-\udfff]|[^\w;/?:@&=+$,\-.!~*'()#]/gi;
const ESCAPED = /%([0-7][\da-f])|(?:%[89a-f][\da-f])+/gi;
/** A host that is an address of version 6 has its brackets. */
const BRACKETS = /^([\w+.-]+:\/\/)%5B([\da-f:.]+)%5D/i;

interface Url {
  pathname: string;
}

export function parse(url: string): Url {
  return { pathname: url.trim() };
}

export function format({ pathname }: Url): string {
  return pathname;
}

export function encode(text: string): string {
  const encoded = text.replace(PLAIN, (part) => {
    if (part.length === 3) return part;
    return /^[\ud800-\udfff]$/.test(part) ? "%EF%BF%BD" : encodeURIComponent(part);
  });
  return encoded.replace(BRACKETS, "$1[$2]");
}

export function decode(text: string, kept: string): string {
  return text.replace(ESCAPED, (part: string, code?: string) => {
    if (code === undefined) return new TextDecoder().decode(Uint8Array.from(part.slice(1).split("%"), (each) => Number.parseInt(each, 16)));
    const sign = String.fromCharCode(Number.parseInt(code, 16));
    return kept.includes(sign) ? part.toUpperCase() : sign;
  });
}
decode.defaultChars = ";/?:@&=+$,#";
