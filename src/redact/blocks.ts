import type { JudgeName } from './names.js';
import type { Mark } from './spans.js';
import { masksValue } from './values.js';

const HEAD = /^( *)(?:- )?["']?([\w.-]{1,80})["']?:[ \t]*[|>]?[-+]?[ \t]*$/;

/** Marks YAML under a secret name: block scalars, lists and maps that are indented deeper, or lists as deep. */
export function markBlocks(text: string, judge: JudgeName, mark: Mark): void {
  let inside: { readonly kind: ReturnType<JudgeName>; readonly indent: number } | undefined;
  let from = 0;
  while (from <= text.length) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 ? text.length : newline;
    const line = text.slice(from, Math.min(to, from + 4096)).replace(/\r$/, '');
    const indent = line.search(/\S/);
    if (inside !== undefined && indent !== -1) {
      if (indent > inside.indent || (indent === inside.indent && line.startsWith('- ', indent))) {
        const start = /^\s*(?:- )?(?:["']?[\w.-]{1,80}["']?:(?=\s))?\s*/.exec(line)?.[0].length ?? 0;
        if (masksValue(inside.kind, line.slice(start))) mark(from + start, to);
      } else inside = undefined;
    }
    if (inside === undefined) {
      const head = HEAD.exec(line);
      const kind = head === null ? 'none' : judge(head[2] ?? '');
      if (kind === 'secret' || kind === 'secrets' || kind === 'key' || kind === 'declared')
        inside = { kind, indent: head?.[1]?.length ?? 0 };
    }
    from = to + 1;
  }
}
