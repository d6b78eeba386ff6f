import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ESM = fileURLToPath(new URL('../dist/esm/', import.meta.url));

/** A declaration of a built `.d.ts` file. */
export interface Declaration {
  readonly name: string;
  /** Its comment, without the marks. */
  readonly comment: string;
  /** Without its comment. */
  readonly code: string;
}

/** The declarations of an entry: its exports in their order, then the types of this package that they use. */
export function readDeclarations(entry: string): { exported: Declaration[]; used: Declaration[] } {
  const exported = readExports(join(ESM, `${entry}.d.ts`)).map(({ file, name }) => find(file, name));
  const known = new Map(exported.map((one) => [one.declaration.name, one]));
  const used: Found[] = [];
  for (const one of walk(exported)) {
    for (const next of readTypes(one)) {
      if (known.has(next.declaration.name)) continue;
      known.set(next.declaration.name, next);
      used.push(next);
    }
  }
  return { exported: exported.map(plain), used: used.map(plain) };

  function* walk(first: readonly Found[]): Iterable<Found> {
    yield* first;
    for (let at = 0; at < used.length; at += 1) yield used[at] as Found;
  }
}

interface Found {
  readonly file: string;
  readonly declaration: Declaration;
}

const plain = ({ declaration }: Found): Declaration => declaration;

const BEGIN = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const|let) (\w+)/;

/** The declarations at the left margin of a file, each with its comment. */
function listDeclarations(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let comment = '';
  let name: string | undefined;
  for (const line of text.split('\n')) {
    const begun = BEGIN.exec(line)?.[1];
    if (begun !== undefined) {
      name = begun;
      found.set(name, `${comment}${line}\n`);
      comment = '';
    } else if (line.startsWith('/**')) {
      name = undefined;
      comment = `${line}\n`;
    } else if (comment !== '') comment += `${line}\n`;
    else if (/^(?:import|export) /.test(line)) name = undefined;
    else if (name !== undefined) found.set(name, `${found.get(name)}${line}\n`);
  }
  return found;
}

function find(file: string, name: string): Found {
  const text = readFileSync(file, 'utf8');
  const whole = listDeclarations(text).get(name);
  if (whole !== undefined) return { file, declaration: split(name, whole) };
  const [from] = readImports(text, name);
  if (from === undefined) throw new Error(`${file} does not declare ${name}`);
  return find(resolve(file, from), name);
}

function split(name: string, whole: string): Declaration {
  const comment = /^\/\*\*([\s\S]*?)\*\/\n/.exec(whole);
  const code = whole
    .slice(comment?.[0].length ?? 0)
    .replace(/^export |^(?:export )?declare /gm, '')
    .replace(/^ +/gm, (indent) => ' '.repeat(indent.length / 2))
    .trim();
  const lines = (comment?.[1] ?? '').split('\n').map((line) => line.replace(/^\s*\* ?/, '').trim());
  return { name, comment: lines.join('\n').trim(), code };
}

function readExports(file: string): { file: string; name: string }[] {
  const text = readFileSync(file, 'utf8');
  const own = [...text.matchAll(/^export (?:declare )?(?:interface|type|class|function|const) (\w+)/gm)];
  const others = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)];
  return [
    ...own.map(([, name = '']) => ({ file, name })),
    ...others.flatMap(([, names = '', from = '']) =>
      names.split(',').map((name) => ({ file: resolve(file, from), name: name.trim().replace(/^type /, '') })),
    ),
  ];
}

/** The declarations that the code of another one names, of this package. */
function readTypes({ file, declaration: { name, code } }: Found): Found[] {
  const text = readFileSync(file, 'utf8');
  const bare = code.replace(/\/\*[\s\S]*?\*\/|'[^']*'/g, '').replace(/\bnode:\w+/g, '');
  const own = listDeclarations(text);
  const names = new Set([...bare.matchAll(/\b[A-Z]\w*/g)].map(([one]) => one));
  return [...names]
    .filter((one) => one !== name && (own.has(one) || readImports(text, one).length > 0))
    .map((one) => find(file, one));
}

function readImports(text: string, name: string): string[] {
  return [...text.matchAll(/^(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']+)'/gm)]
    .filter(([, names = '']) => names.split(',').some((one) => one.trim().replace(/^type /, '') === name))
    .map(([, , from = '']) => from);
}

function resolve(file: string, from: string): string {
  return join(dirname(file), from.replace(/\.js$/, '.d.ts'));
}
