/** The start of a quoted value, and the quote that ends it. */
export interface Quote {
  readonly from: number;
  readonly mark: string;
  /** Backslashes before the quote: JSON in JSON. */
  readonly escapes: number;
}

export function quoteAt(text: string, at: number): Quote | undefined {
  let from = at;
  while (text[from] === '\\' && from - at < 64) from++;
  const mark = text[from];
  if (mark !== '"' && mark !== "'" && mark !== '`') return undefined;
  // Python's and Java's, and SQL's for a value that begins with a quote.
  if (from === at && text.startsWith(mark.repeat(3), at)) return { from: at + 3, mark, escapes: 0 };
  return { from: from + 1, mark, escapes: from - at };
}

/** The closing quote: as many backslashes before it as before the opening one, or fewer; else the end of the line. */
export function quotedEnd(text: string, quote: Quote): number {
  let at = text.indexOf(quote.mark, quote.from);
  while (at !== -1) {
    let slashes = 0;
    while (at - slashes > quote.from && text[at - slashes - 1] === '\\') slashes++;
    // Two of them stand for one in YAML, SQL and CSV.
    const isTwo = quote.escapes === 0 && slashes === 0 && at > quote.from && text[at + 1] === quote.mark;
    if (isTwo) {
      at = text.indexOf(quote.mark, at + 2);
      continue;
    }
    if (quote.escapes === 0 && slashes % 2 === 0) return at;
    if (quote.escapes > 0 && slashes <= quote.escapes) return at - slashes;
    at = text.indexOf(quote.mark, at + 1);
  }
  const newline = text.indexOf('\n', quote.from);
  return newline === -1 ? text.length : newline;
}

const DELIMITER_NEXT = /\s|$|\\|["'<>})\]]|[\w.%$-]{1,60}=|[\w.$-]{1,60}:[\s"']|["']?[\w-]{1,60}["']\s?:/y;

/** `<your password>`, and the beginning of an element. */
const PLACEHOLDER = /^<(?:[a-z][\w .-]{0,60}>|[/!?%])/i;

/** Finds the ends of values without quotes in one text. */
export interface Ends {
  /** `,`, `;`, `&` and `|` are part of a value unless something new begins after them; of an encoded query, `%26` as well. */
  unquoted(from: number, isEncoded: boolean): number;
  /** The end of the line, or if `spaced` the next space in it; closing quotes are left out. */
  line(from: number, spaced: boolean): number;
}

/** An end is also that of every place before it. It is kept: otherwise a text without ends would be read again for each name. */
export function createEnds(text: string): Ends {
  const unquoted = remember((from) => findUnquotedEnd(text, from, false));
  const encoded = remember((from) => findUnquotedEnd(text, from, true));
  const line = remember((from) => findLineEnd(text, from, false));
  const spaced = remember((from) => findLineEnd(text, from, true));
  return {
    unquoted: (from, isEncoded) => trimEnd(text, from, isEncoded ? encoded(from) : unquoted(from)),
    line: (from, isSpaced) => trimQuotes(text, from, isSpaced ? spaced(from) : line(from)),
  };
}

function remember(find: (from: number) => number): (from: number) => number {
  let start = 0;
  let end = -1;
  return (from) => {
    if (from < start || from > end) {
      start = from;
      end = find(from);
    }
    return end;
  };
}

function findUnquotedEnd(text: string, from: number, isEncoded: boolean): number {
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char <= ' ' || (char === '<' && (at > from || PLACEHOLDER.test(text.slice(at, at + 64))))) return at;
    if (char === '\\' && /["'nrt\\]/.test(text[at + 1] ?? '')) return at;
    if (isEncoded && char === '%' && /^%(?:26|3B|0A|0D)/i.test(text.slice(at, at + 3))) return at;
    if (',;&|"\'`#'.includes(char)) {
      DELIMITER_NEXT.lastIndex = at + 1;
      if (DELIMITER_NEXT.test(text)) return at;
      if ((char === '"' || char === "'" || char === '`') && /[,;&]/.test(text[at + 1] ?? '')) return at;
    }
  }
  return text.length;
}

const MOST_TRIMMED = 64;

/** Brackets and full stops that close the sentence around a value, not the value. */
function trimEnd(text: string, from: number, to: number): number {
  const least = Math.max(from + 1, to - MOST_TRIMMED);
  let end = to;
  while (end > least && ')]}>,;.'.includes(text[end - 1] ?? '') && !closesOwn(text, from, end)) end--;
  return end;
}

/** The brace of `${NAME}`, not one around the value. */
function closesOwn(text: string, from: number, end: number): boolean {
  return text[end - 1] === '}' && /^\$?\{[^{}]{1,80}\}$/.test(text.slice(from, Math.min(end, from + 90)));
}

function findLineEnd(text: string, from: number, spaced: boolean): number {
  let to = from;
  while (to < text.length && text[to] !== '\n' && text[to] !== '\r') {
    if (text[to] === '\\' && /[nr"']/.test(text[to + 1] ?? '')) break;
    if (spaced && text[to] === ' ' && text[to - 1] !== ';') break;
    if ((text[to] === '"' || text[to] === "'") && /[\s,})\]]/.test(text[to + 1] ?? '')) break;
    to++;
  }
  return to;
}

function trimQuotes(text: string, from: number, to: number): number {
  const least = Math.max(from, to - MOST_TRIMMED);
  let end = to;
  while (end > least && /[\s"']/.test(text[end - 1] ?? '')) end--;
  return end;
}

const SCHEME =
  /(?:bearer|basic|token|negotiate|ntlm|apikey|splunk|bot|ghs|key|sso-key|pre-shared|sharedkey\w{0,4})(?: |%20|\+){1,3}(?=\S{4})/iy;
const PARAMETERS = /(?:digest|aws4-hmac-sha\d{1,3}|hawk|oauth|sharedaccesssignature|signature) (?=[^\n]{0,400}=)/iy;

/** `Bearer x`: the scheme stays. A scheme with parameters goes to the end of the line. */
export function schemeEnd(
  text: string,
  at: number,
  ends: Ends,
  isEncoded: boolean,
): { from: number; to: number } | undefined {
  PARAMETERS.lastIndex = at;
  const parameters = PARAMETERS.exec(text);
  if (parameters !== null) {
    let to = at + parameters[0].length;
    const from = to;
    while (to < text.length && text[to] !== '\n' && text[to] !== '\r' && text[to] !== '\\') to++;
    return { from, to };
  }
  SCHEME.lastIndex = at;
  const scheme = SCHEME.exec(text);
  if (scheme === null) return undefined;
  const from = at + scheme[0].length;
  return { from, to: ends.unquoted(from, isEncoded) };
}
