import { describe, expect, it } from 'vitest';
import { reachedFrom, readSource } from './sources.js';

/*
 * Nothing of the agent's goes through libuv's thread pool: the pool is the process's only one, and what ails a process
 * often fills it. Nor does the agent touch a file that is not known to be local.
 */

interface Rule {
  readonly name: string;
  /** Why the source breaks the rule; empty if it does not. */
  readonly find: (text: string) => readonly string[];
  /** Files that may, and the reason. One that is no longer needed fails the test. */
  readonly exceptions: { readonly [file: string]: string };
}

const RULES: readonly Rule[] = [
  {
    name: 'fs/promises',
    find: (text) => all(text, /['"](?:node:)?fs\/promises['"]|\bfs\.promises\b/g),
    exceptions: {},
  },
  {
    name: 'fs with callbacks, or streams',
    find: (text) => importedFrom(text, 'fs').filter((name) => !/^(?:\w+Sync|constants|Stats|Dirent|Dir)$/.test(name)),
    exceptions: {},
  },
  {
    name: 'getaddrinfo',
    find: (text) => all(text, /\b(?:dns|promises)\.lookup\w*\(|\{[^}]*\blookup(?:Service)?\b[^}]*\} from 'node:dns/g),
    exceptions: {},
  },
  {
    name: 'zlib without Sync',
    find: (text) => importedFrom(text, 'zlib').filter((name) => !/^(?:\w+Sync|constants|crc32)$/.test(name)),
    exceptions: {},
  },
  {
    name: 'crypto that may be asynchronous',
    find: (text) =>
      importedFrom(text, 'crypto').filter((name) => !/^(?:createHash|hash|randomBytes|randomUUID)$/.test(name)),
    exceptions: {},
  },
  { name: 'randomBytes with a callback', find: (text) => all(text, /\brandomBytes\([^()]*,/g), exceptions: {} },
  {
    name: 'mkdir with recursive, which never returns beneath /proc',
    find: (text) => all(withoutComments(text), /\brecursive:/g),
    exceptions: {},
  },
  {
    name: 'readFileSync outside src/files and src/procfs, which read regular local files and the kernel’s own',
    find: (text) => all(text, /\breadFileSync\b(?=[\s,}(])/g),
    exceptions: {
      'descriptor.ts': 'reads /proc/self/fdinfo',
      'export/spool/owner.ts': 'reads /proc: who owns a file of the spool',
      'export/spool/trust.ts': 'reads a descriptor that it has opened without blocking, and found to be a regular file',
      'thread-clock.ts': 'reads /proc of this process',
      'triggers/pending.ts': 'reads /proc/self',
    },
  },
];

describe.each([...RULES])('the agent’s half uses no $name', ({ find, exceptions }) => {
  it('but in the files that are listed, with a reason', () => {
    const files = reachedFrom('agent/worker.ts', 'agent/reporting.ts').filter(
      (file) => !/^(files|procfs)\//.test(file),
    );
    expect(files.length).toBeGreaterThan(100);
    const broken = files.flatMap((file) => find(readSource(file)).map((what) => [file, what] as const));
    expect(broken.filter(([file]) => !(file in exceptions))).toEqual([]);
    expect(Object.keys(exceptions).filter((file) => !broken.some(([one]) => one === file))).toEqual([]);
  });
});

it('each rule finds what it forbids', () => {
  const forbidden = [
    "import { open } from 'node:fs/promises';",
    "import { constants, readFile } from 'node:fs';",
    "import { promises as dns } from 'node:dns'; dns.lookup('a');",
    "import { gzip, gzipSync } from 'node:zlib';",
    "import { pbkdf2 } from 'node:crypto';",
    'randomBytes(16, done);',
    'mkdirSync(path, { recursive: true });',
    "import { readFileSync } from 'node:fs';",
  ];
  expect(RULES.map(({ find }, n) => find(forbidden[n] ?? '').length)).toEqual(RULES.map(() => 1));
});

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([found]) => found);
}

/** The names that are imported from a module of Node, and not those of types. */
function importedFrom(text: string, module: string): string[] {
  const imports = [...text.matchAll(/^import\s+(?!type\b)([^;]*?)\s+from\s+'(?:node:)?([\w/]+)'/gm)];
  return imports
    .filter(([, , from]) => from === module)
    .flatMap(([, names = '']) => names.replace(/[{}]/g, '').split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => name.replace(/ as .*$/, ''));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}
