import { isContainer, masksValue, type NameKind } from './kinds.js';
import type { JudgeName } from './names.js';
import { linesIn, type Mark } from './spans.js';
import { isCount } from './values.js';

const HEAD = /^( *)(?:- )?["']?([\w.\-\u0080-\uffff]{1,80})["']?[:：][ \t]*[|>]?[-+]?[ \t]*$/;
const SECTION = /^\s{0,8}\[{1,2}([\w.-]{1,80})\]{1,2}\s*$/;
const SETTING = /^\s{0,16}[\w."'-]{1,80}\s{0,8}[=:]\s{0,8}["']?/;

/**
 * Marks the values below a secret name: YAML's block scalars, lists and maps that are indented deeper, and lists of the
 * same indent; Kubernetes' secrets; and the settings below `[secrets]` in TOML and ini files.
 */
export function markBlocks(text: string, judge: JudgeName, mark: Mark): void {
  let inside: { readonly kind: NameKind; readonly indent: number } | undefined;
  let section: NameKind = 'none';
  const isSecret = /^[ \t]{0,16}["']?kind["']?: ["']?Secret\b/m.test(text);
  for (const [from, to] of linesIn(text)) {
    const line = text.slice(from, Math.min(to, from + 4096)).replace(/\r$/, '');
    const indent = line.search(/\S/);
    const title = SECTION.exec(line)?.[1];
    if (title !== undefined) section = blockKind(title, judge);
    else if (section !== 'none') markSetting(line, from, section, mark);
    if (inside !== undefined && indent !== -1) {
      if (indent > inside.indent || (indent === inside.indent && line.startsWith('- ', indent))) {
        const start = /^\s*(?:- )?(?:["']?[\w.-]{1,80}["']?:(?=\s))?\s*/.exec(line)?.[0].length ?? 0;
        const value = line.slice(start);
        if (masksValue(inside.kind, value) && !(line[start - 2] === ':' && isCount(value))) mark(from + start, to);
      } else inside = undefined;
    }
    if (inside === undefined) {
      const head = HEAD.exec(line);
      const name = head?.[2] ?? '';
      const kind = isSecret && /^(?:data|stringData)$/.test(name) ? 'secret' : blockKind(name, judge);
      if (kind !== 'none') inside = { kind, indent: head?.[1]?.length ?? 0 };
    }
  }
}

function blockKind(name: string, judge: JudgeName): NameKind {
  const kind = judge(name);
  return isContainer(kind) ? kind : 'none';
}

function markSetting(line: string, at: number, kind: NameKind, mark: Mark): void {
  const start = SETTING.exec(line)?.[0].length;
  if (start === undefined) return;
  const value = line.slice(start).replace(/["']?\s*$/, '');
  if (masksValue(kind, value)) mark(at + start, at + start + value.length);
}
