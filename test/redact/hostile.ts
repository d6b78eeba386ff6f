/** Texts that make a pattern work as hard as it can, made of the pattern's own pieces. */

/** Every text that a pattern nearly matches, over and over: each beginning of an example, and each of its pieces. */
export function hostileUnits(pattern: RegExp | string): readonly string[] {
  const source = typeof pattern === 'string' ? pattern : pattern.source;
  const units = new Set<string>();
  for (let choice = 0; choice < 3; choice++) {
    const pieces = examplePieces(source, choice);
    for (let end = 1; end <= pieces.length; end++) {
      units.add(pieces.slice(0, end).join(''));
      units.add(pieces[end - 1] ?? '');
    }
  }
  units.delete('');
  return [...units];
}

/** An example of each part of a pattern; of alternatives the first, second or third, of a repetition the fewest and one. */
function examplePieces(source: string, choice: number): readonly string[] {
  const branches = splitBranches(source);
  const branch = branches[choice % branches.length] ?? '';
  const pieces: string[] = [];
  for (let at = 0; at < branch.length; ) {
    const part = partAt(branch, at);
    const [quantifier = '', fewest] = /^(?:[?*+]|\{(\d+),?\d*\})\??/.exec(branch.slice(at + part.length)) ?? [];
    at += part.length + quantifier.length;
    const least = fewest === undefined ? (quantifier.startsWith('+') || quantifier === '' ? 1 : 0) : Number(fewest);
    pieces.push(example(part, choice).repeat(Math.max(1, least)));
  }
  return pieces;
}

/** The part of a pattern at a place: a group, a class, an escape or a character. */
function partAt(source: string, at: number): string {
  if (source[at] === '(') {
    let depth = 0;
    for (const token of source.slice(at).matchAll(TOKENS)) {
      depth += token[0] === '(' ? 1 : token[0] === ')' ? -1 : 0;
      if (depth === 0) return source.slice(at, at + token.index + 1);
    }
  }
  return /^(?:\[(?:\\.|[^\]\\])*\]|\\k<\w+>|\\u[0-9a-f]{4}|\\.|[\s\S])/.exec(source.slice(at))?.[0] ?? '';
}

const TOKENS = /\[(?:\\.|[^\]\\])*\]|\\.|[\s\S]/g;

function splitBranches(source: string): readonly string[] {
  const branches = [''];
  let depth = 0;
  for (const [token] of source.matchAll(TOKENS)) {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (token === '|' && depth === 0) branches.push('');
    else branches.push(`${branches.pop()}${token}`);
  }
  return branches;
}

const ESCAPES: { readonly [sequence: string]: string } = {
  ...{ '\\d': '7', '\\w': 'a', '\\s': ' ', '\\S': 'x', '\\n': '\n', '\\r': '\r', '\\t': '\t', '\\b': '', '\\B': '' },
};
/** Members of a class, the likeliest first. */
const SAMPLES = 'a7A-_.=/ :+"\'%\n\tx@';

function example(part: string, choice: number): string {
  if (part.startsWith('(?!') || part.startsWith('(?<!') || part === '^' || part === '$') return '';
  const inner = /^\((?:\?(?:[:=]|<=|<\w+>))?([\s\S]*)\)$/.exec(part)?.[1];
  if (inner !== undefined)
    return part.startsWith('(?=') || part.startsWith('(?<=') ? '' : examplePieces(inner, choice).join('');
  if (part.startsWith('[')) return [...SAMPLES].find((sample) => new RegExp(part).test(sample)) ?? 'q';
  if (part.startsWith('\\k')) return ' ';
  if (part === '.') return 'x';
  return ESCAPES[part] ?? part.replace(/^\\/, '');
}
