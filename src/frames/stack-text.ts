import type { RawFrame } from '../raw-frame.js';

/** Every way in which V8 writes the start of a place; a name may hold a parenthesis, and so may a path. */
const PLACE = / \((?=(?:\/|[\w+.-]+:|\\\\|<anonymous>|native\)|index \d|eval at |unknown location|evalmachine\.))/;

/**
 * The frames of `error.stack`, innermost first, in one pass over the text.
 *
 * The error's message comes first and may look like frames itself: the last lines that do are taken.
 */
export function parseStack(stack: string): RawFrame[] {
  const frames: RawFrame[] = [];
  const lines = stack.split('\n');
  let last = lines.length - 1;
  while (last >= 0 && !parseLine(lines[last] ?? '')) last -= 1;
  for (; last >= 0; last -= 1) {
    const line = lines[last] ?? '';
    if (!/^\s+at /.test(line)) break;
    const frame = parseLine(line);
    if (frame) frames.push(frame);
  }
  return frames.reverse();
}

/** `eval at f (eval at g (file:///a.js:1:2), <anonymous>:3:4)`: the innermost place that has a script. */
export function evalCaller(origin: string): RawFrame | undefined {
  let rest = origin;
  for (let depth = 0; depth < 10 && rest.startsWith('eval at '); depth += 1) {
    const open = PLACE.exec(rest);
    if (!open) return undefined;
    const inner = rest.slice(open.index + open[0].length);
    if (inner.startsWith('eval at ')) rest = inner;
    else return readPlace(inner.slice(0, closing(inner)), rest.slice('eval at '.length, open.index), false);
  }
  return undefined;
}

function parseLine(line: string): RawFrame | undefined {
  const at = /^\s+at /.exec(line);
  if (!at) return undefined;
  let text = line.slice(at[0].length).trimEnd();
  const async = text.startsWith('async ') && !text.startsWith('async (');
  if (async) text = text.slice('async '.length);
  if (!text.endsWith(')')) return readPlace(text, '', async);
  const open = PLACE.exec(text)?.index ?? text.indexOf(' (');
  if (open < 0) return undefined;
  return readPlace(text.slice(open + 2, -1), text.slice(0, open), async);
}

function readPlace(place: string, name: string, async: boolean): RawFrame | undefined {
  const frame = (file: string, line: number, column: number): RawFrame => ({
    function: name === '<anonymous>' ? '' : name,
    file,
    line,
    column,
    async,
  });
  if (place === '<anonymous>' || place === 'unknown location') return frame('', 0, 0);
  if (place === 'native') return frame('native', 0, 0);
  if (/^index \d+$/.test(place)) return { ...frame('', 0, 0), function: `${name} (${place})` };
  const wasm = /:wasm-function\[\d+\]:0x([\da-f]+)$/.exec(place.slice(-80));
  if (wasm) return frame(place.slice(0, place.length - wasm[0].length), 1, Number.parseInt(wasm[1] ?? '0', 16) + 1);
  const position = /:(\d{1,9}):(\d{1,9})$/.exec(place.slice(-40));
  if (!position) return undefined;
  let file = place.slice(0, place.length - position[0].length);
  if (file.startsWith('eval at ')) file = file.slice(0, Math.max(file.lastIndexOf(', '), 0));
  return frame(file === '<anonymous>' ? '' : file, Number(position[1]), Number(position[2]));
}

/** The index of the parenthesis that closes one opened before `text`. */
function closing(text: string): number {
  let open = 1;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '(') open += 1;
    else if (text[index] === ')') open -= 1;
    if (open === 0) return index;
  }
  return text.length;
}
