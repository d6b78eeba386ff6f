import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Reads the import lines of src/, for the tests that hold its rules. */

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** All of src/, as paths from there. */
export function listSources(directory = ''): string[] {
  return readdirSync(join(src, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? listSources(path) : path.endsWith('.ts') ? [path] : [];
  });
}

export function readSource(file: string): string {
  return readFileSync(join(src, file), 'utf8');
}

/** An import, an export of another module's names, or a type's `import('…')`. */
export interface Import {
  readonly from: string;
  /** Leaves no trace at run time. */
  readonly isType: boolean;
  /** `import('…')`: run when it is reached. */
  readonly isLate: boolean;
}

export function parseImports(text: string): Import[] {
  const lines = [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)];
  const calls = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)];
  return [
    ...lines.map(([, type, from = '']) => ({ from, isType: type !== undefined, isLate: false })),
    ...calls.map(([, from = '']) => ({ from, isType: false, isLate: true })),
  ];
}

/** The files of src/ that a file imports. */
export function importsOf(file: string, { types, late = true }: { types: boolean; late?: boolean }): string[] {
  return parseImports(readSource(file))
    .filter(({ from, isType, isLate }) => from.startsWith('.') && (types || !isType) && (late || !isLate))
    .map(({ from }) => normalize(join(dirname(file), from)).replace(/\.js$/, '.ts'));
}

/** These files and all that is loaded with them. */
export function loadedWith(...files: readonly string[]): string[] {
  return follow(files, (file) => importsOf(file, { types: false, late: false }));
}

/** These files and all that they need at run time. */
export function reachedFrom(...files: readonly string[]): string[] {
  return follow(files, (file) => importsOf(file, { types: false }));
}

function follow(files: readonly string[], next: (file: string) => readonly string[]): string[] {
  const reached = new Set<string>();
  const open = [...files];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    open.push(...next(file));
  }
  return [...reached].sort();
}
