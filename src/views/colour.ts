const BOLD = '\u001b[1m';
const DIM = '\u001b[2m';
const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const YELLOW = '\u001b[33m';
const END = '\u001b[0m';

/** `auto`: on a terminal, and as `NO_COLOR` and `FORCE_COLOR` say. */
export type ColourSetting = 'auto' | 'always' | 'never';

/**
 * Whether a text that goes to a stream is coloured. `FORCE_COLOR` comes before `NO_COLOR`, as in Node. It does not colour a
 * file, which is read later, and by other programs.
 */
export function wantsColour(
  setting: ColourSetting,
  environment: { readonly [name: string]: string | undefined },
  stream: 'terminal' | 'file' | 'other',
): boolean {
  if (setting !== 'auto') return setting === 'always';
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = environment;
  if (forced !== undefined) return stream !== 'file' && forced !== '0' && forced !== 'false';
  return stream === 'terminal' && !refused && terminal !== 'dumb';
}

/**
 * A report's text with colours: the states, the application's frames bold, other frames and rules dim. The text has to be
 * escaped already: no other escape sequence is in the result. Only the look of a line counts, so that a text that comes
 * from another process or from disk can be coloured as well.
 */
export function paint(text: string): string {
  return text.split('\n').map(paintLine).join('\n');
}

const RULE = /^(?:={72}|\|{72})$/;
const TITLE = /^(?:={4}.*={4}|-{6}.*-{6})$/;
const STATE = /^(main|state|thrown) = (.*)$/;
const VERDICT = /^gmr [0-9a-f]{32}: (?:main|thrown) /;
/** `shop.mjs:14:3 in buy`, also behind a count: `30 at …`. */
const OWN_FRAME = /^(?:\d+ at )?\S.*:\d+:\d+ in \S/;
const OTHER_FRAME = /^(?:\d+ at )? {2}(?:… \d+ frames? of |\S.* in .*\((?:node|dependency)\)(?: \[built: .*\])?$)/;

function paintLine(line: string): string {
  if (RULE.test(line)) return DIM + line + END;
  if (TITLE.test(line) || VERDICT.test(line)) return BOLD + line + END;
  const [, key, state = ''] = STATE.exec(line) ?? [];
  if (key !== undefined) return `${key} = ${colourOf(key, state)}${state}${END}`;
  if (OWN_FRAME.test(line)) return BOLD + line + END;
  return OTHER_FRAME.test(line) ? DIM + line + END : line;
}

/** Green: idle. Yellow: a wait, which may be normal. Red: the rest, which is the reason to look at a report. */
function colourOf(key: string, state: string): string {
  if (key === 'thrown') return RED;
  if (state.startsWith('idle')) return GREEN;
  return /^(?:wait|paused)/.test(state) ? YELLOW : RED;
}
