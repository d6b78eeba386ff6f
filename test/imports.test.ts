import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** What each room may import, beside itself. The main thread's share reaches nothing that reads, renders or sends. */
const ALLOWED: { readonly [room: string]: readonly string[] } = {
  '': ['', 'main', 'redact', 'views', 'frames'],
  main: ['', 'frames', 'triggers'],
  agent: ['', 'main', 'triggers', 'sections', 'views', 'export', 'frames', 'procfs'],
  sections: ['', 'agent', 'frames', 'procfs'],
  triggers: [],
  frames: [''],
  procfs: [''],
  redact: [''],
  views: [''],
  export: ['', 'views'],
  collector: ['', 'views'],
  cli: ['', 'agent', 'collector', 'export', 'procfs', 'sections', 'views'],
};

describe('imports', () => {
  it('go one way between the rooms', () => {
    const wrong: string[] = [];
    for (const file of listSources()) {
      const room = roomOf(file);
      for (const target of importsOf(file)) {
        const to = roomOf(target);
        if (to !== room && !ALLOWED[room]?.includes(to)) wrong.push(`${file} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('of the main thread reach no OpenTelemetry package and no renderer', () => {
    const reached = new Set<string>();
    const open = ['register.ts'];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      expect(readFileSync(join(src, file), 'utf8')).not.toMatch(/^import (?!type).*@opentelemetry/m);
      open.push(...importsOf(file));
    }
    expect([...reached].filter((file) => /^(agent|sections|export|views|redact|procfs)/.test(file))).toEqual([]);
  });
});

function listSources(): string[] {
  return walk('');
}

function walk(directory: string): string[] {
  return readdirSync(join(src, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? walk(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** Of this package's own files, and not those that are for types only: they leave no trace at run time. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '(\.[^']+)'/gms)].map(([, path = '']) =>
    normalize(join(dirname(file), path)).replace(/\.js$/, '.ts'),
  );
}

function roomOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : '';
}
