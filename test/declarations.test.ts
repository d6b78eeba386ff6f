import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { OPTIONS, readSettings, type SettingOptions } from '../src/settings.js';
import { type Declaration, readDeclarations } from './declarations.js';
import { OFF } from './public-types.js';

const API = fileURLToPath(new URL('../docs/api.md', import.meta.url));

const HEAD = `# API

Made from the declarations of the built package by \`test/declarations.test.ts\`, which fails when they differ; \`npx vitest run
--update=all test/declarations.test.ts\` writes it anew.
`;

describe('the public interface', () => {
  it.each([
    [
      'guru-meditation',
      ['InFlightSpanProcessor', 'generateReport', 'registerConfiguration', 'registerSection', 'setupAutorun'],
    ],
    ['guru-meditation/register', []],
    ['guru-meditation/instrumentation', ['GuruMeditationInstrumentation']],
  ])('of %s has these values', (entry, names) => {
    // In a process of its own: it arms the process that imports it.
    expect(listExports(entry)).toEqual(names);
  });

  it('is what docs/api.md says', async () => {
    const parts = [
      HEAD,
      describeEntry('guru-meditation', 'index'),
      '\n# guru-meditation/register\n\nExports nothing: to import it arms the process, as `setupAutorun()` does. `node --import guru-meditation/register app.js`\n',
      describeEntry('guru-meditation/instrumentation', 'instrumentation', ['index']),
    ];
    await expect(parts.join('')).toMatchFileSnapshot(API);
  });

  it('turns off by false in an option, and by none in a variable', () => {
    const off = { signals: [], stallMs: 0, fileTrigger: null, logDir: null, spoolDir: 'none' };
    expect(readSettings(OFF, {})).toMatchObject({ settings: off, problems: [] });
    const on: SettingOptions = { signals: ['SIGUSR2'], stallMs: 50, fileTrigger: '/a', logDir: '/b', spoolDir: '/c' };
    const variables = { GMR_SIGNALS: 'none', GMR_STALL_MS: 'none', GMR_FILE_TRIGGER: 'None', GMR_LOG_DIR: 'none' };
    expect(readSettings(on, { ...variables, GMR_SPOOL_DIR: 'none' })).toMatchObject({ settings: off, problems: [] });
  });

  it('has for each option its variable, an example and its default', () => {
    const { exported, used } = readDeclarations('index');
    const table = used.find(({ name }) => name === 'TABLE')?.code ?? '';
    for (const name of OPTIONS) {
      const comment = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*(?:readonly )?${name}:`).exec(table)?.[1] ?? '';
      const variable = `GMR_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
      expect(comment, name).toContain(`Variable: \`${variable}\`.`);
      expect(comment, name).toMatch(/@default /);
      expect(comment, name).toMatch(/@example setupAutorun\(\{/);
    }
    const otlp = exported.find(({ name }) => name === 'OtlpOptions')?.code ?? '';
    for (const comment of otlp.match(/\/\*\*[\s\S]*?\*\//g) ?? [])
      expect(comment).toMatch(/Variable: `OTEL_EXPORTER_OTLP_[\s\S]*@example /);
  });
});

function describeEntry(name: string, file: string, known: readonly string[] = []): string {
  const { exported, used } = readDeclarations(file);
  const before = new Set(known.flatMap((one) => Object.values(readDeclarations(one)).flat()).map((one) => one.name));
  const others = used.filter((one) => !before.has(one.name));
  return [
    `\n# ${name}\n`,
    ...exported.map((one) => describeOne(one)),
    others.length === 0 ? '' : `\n## Types that these use\n\n${others.map(show).join('\n')}`,
  ].join('');
}

function describeOne({ name, comment, code }: Declaration): string {
  const [text = '', ...tags] = comment.split(/^(?=@)/m);
  const words = text.replace(/\n/g, '\n').trim();
  const told = tags.map((tag) => describeTag(tag.trim())).join('');
  return `\n## ${name}\n\n${words === '' ? '' : `${words}\n`}${told.startsWith('-') && words !== '' ? '\n' : ''}${told}\n\`\`\`ts\n${code}\n\`\`\`\n`;
}

function describeTag(tag: string): string {
  const [, kind = '', rest = ''] = /^@(\w+)\s*([\s\S]*)$/.exec(tag) ?? [];
  if (kind === 'example') return `\nExample:\n\n\`\`\`ts\n${rest}\n\`\`\`\n`;
  return `\n- *${kind}* ${rest.replace(/\n/g, ' ')}\n`.replace(/^\n(?=- \*(?:param|returns|throws))/, '');
}

function show({ comment, code }: Declaration): string {
  const lines = comment === '' ? '' : `/** ${comment.replace(/\n/g, '\n * ')} */\n`;
  return `\`\`\`ts\n${lines}${code}\n\`\`\`\n`;
}

function listExports(entry: string): string[] {
  return Object.keys(JSON.parse(runList(entry)) as object).sort();
}

function runList(entry: string): string {
  const program = `import * as all from '${entry}'; console.log(JSON.stringify(Object.fromEntries(Object.keys(all).map((name) => [name, 1]))));`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    encoding: 'utf8',
    env: { ...process.env, GMR_ENABLED: 'false' },
  });
}
