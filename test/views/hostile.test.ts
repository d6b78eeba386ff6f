import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.js';
import type { PlainSection, Section, Value } from '../../src/report.js';
import { renderSubtitle } from '../../src/views/banner.js';
import { renderJson } from '../../src/views/json.js';
import { renderSection, renderText } from '../../src/views/text.js';
import { REPORT } from './report.js';

const RULE = '='.repeat(72);
const FORGED = `${RULE}\n====                             Package                            ====\n${RULE}`;

function sectionOf(data: Value, more: Partial<PlainSection> = {}): Section {
  const times = { startMs: 0, endMs: 1 };
  const about = { name: 'custom.queue', title: 'Queue', status: 'ok', spanId: '0123456789abcdef' };
  return { ...about, ...times, data, ...more } as Section;
}

/** The text beneath the section's own banner. */
function contentOf(section: Section): string {
  return renderSection(section).split('\n').slice(3).join('\n');
}

function treeOf(depth: number): Value {
  const about = { uids: { real: 1001 }, user: 'stack', state: 'running', command: 'sh' };
  let node: Value = { pid: depth, ...about, children: [] };
  for (let pid = depth - 1; pid > 0; pid--) node = { pid, ...about, children: [node] };
  return { processes: [node] };
}

function frameIn(file: string): Value {
  return { function: 'run', file, line: 1, column: 1, origin: 'application', async: false };
}

const configuration = { environment: {}, commandLine: [], nodeOptions: { execArgv: [] }, settings: {} };

describe('a banner within a value', () => {
  const loop = { chains: [], sockets: [], socketCount: 0 };
  it.each<[string, Section]>([
    ['a text', sectionOf(null, { text: `before\n${FORGED}\n${'|'.repeat(72)}` })],
    ['a text as data', sectionOf(`before\n${FORGED}`)],
    ['a key', sectionOf({ [RULE]: 1, '||||': { deep: FORGED } })],
    ['an item of a list', sectionOf([FORGED, [FORGED]])],
    ['the reason of a failure', sectionOf(null, { status: 'failed', error: `Error: no\n${FORGED}` })],
    ['data beside a failure', sectionOf(FORGED, { status: 'timed_out', error: 'late' })],
    [
      'a path',
      sectionOf(
        { threads: [{ id: 0, name: RULE, state: 'idle', frames: [frameIn(RULE)] }], osThreads: [] },
        { name: 'threads' },
      ),
    ],
    [
      'a resource of the event loop',
      sectionOf({ ...loop, resources: { [RULE]: 1 }, note: RULE }, { name: 'green_threads' }),
    ],
    ['a group', sectionOf({ groups: { [RULE]: { a: FORGED } }, ...configuration }, { name: 'configuration' })],
    [
      'a command',
      sectionOf({ processes: [{ pid: 1, state: RULE, command: FORGED, children: [] }] }, { name: 'processes' }),
    ],
  ])('does not begin a line in %s', (_, section) => {
    expect(contentOf(section)).toMatch(/={4}/);
    expect(contentOf(section)).not.toMatch(/^(?:={4}|\|{4})/m);
  });

  it('stays on the one line of a title', () => {
    const lines = renderSection(sectionOf('fine', { title: `Queue\n${RULE}\u001b[2J` })).split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe(`====Queue\\n${RULE}\\x1b[2J====`);
  });

  it('adds no line to the header', () => {
    const header = { ...REPORT.header, service: `shop\n${FORGED}`, notes: ['a\nb = c'] };
    const text = renderText({ ...REPORT, header, sections: [] });
    expect(text.split('\n').slice(6)).toHaveLength(11);
    expect(text).toContain('note = a\\nb = c\n');
  });
});

describe('JSON', () => {
  it('escapes the characters that a terminal obeys, with a line for each section', () => {
    const data = { text: '\u001b[2J\u009b2J\u202e\u2028\n' };
    const lines = renderJson({ ...REPORT, sections: [sectionOf(data)] });
    expect(lines.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
    expect(JSON.parse(lines.split('\n')[1] ?? '').data).toEqual(data);
  });
});

describe('a title', () => {
  it('is centred by the columns of a terminal, in any script', () => {
    expect(renderSection(sectionOf(1, { title: 'Очередь' })).split('\n')[1]).toBe(
      `====${' '.repeat(28)}Очередь${' '.repeat(29)}====`,
    );
    expect(renderSubtitle('🧀🧀🧀')).toBe(`------${' '.repeat(27)}🧀🧀🧀${' '.repeat(27)}------\n`);
  });
});

describe('a section without content', () => {
  it.each<[Value, string]>([
    [{}, '(nothing)\n'],
    [[], '(nothing)\n'],
    [null, 'null\n'],
    ['', '\n'],
  ])('of %j says so', (data, shown) => {
    expect(contentOf(sectionOf(data))).toBe(shown);
  });

  it('keeps a line to each empty list in a list', () => {
    expect(contentOf(sectionOf([[], 1]))).toBe('- (nothing)\n- 1\n');
    expect(contentOf(sectionOf({ jobs: [[], {}] }))).toBe('jobs: \n  - (nothing)\n  - (nothing)\n');
  });
});

describe('data of another shape than its section has', () => {
  it.each(['threads', 'green_threads', 'processes', 'configuration'])('is shown plainly in %s', (name) => {
    expect(contentOf(sectionOf('***', { name }))).toBe('***\n');
    expect(contentOf(sectionOf(null, { name }))).toBe('null\n');
    expect(contentOf(sectionOf({ part: 1 }, { name, status: 'failed', error: 'no' }))).toBe('[failed: no]\npart = 1\n');
  });

  it('loses neither the report nor the processes above when redaction cuts a deep tree', () => {
    const report = { ...REPORT, sections: [sectionOf(treeOf(500), { name: 'processes' }), sectionOf('next')] };
    const text = renderText(createRedactor({ secretNames: [], declared: {} }).report(report));
    expect(text).toMatch(/^Process 1 \[ run by: stack \(1001\), state: running \]$/m);
    expect(text).toMatch(/^ +Process 90 \[/m);
    expect(text.match(/\(deeper than is shown\)/g)).toHaveLength(1);
    expect(text).not.toContain('undefined');
    expect(text).toMatch(/^next$/m);
  });

  it('has a line of its own for a mask in place of a child', () => {
    const node = { pid: 1, state: 'running', command: 'sh', children: ['***'] };
    expect(contentOf(sectionOf({ processes: [node] }, { name: 'processes' }))).toBe(
      'Process 1 [ state: running ]\n  command = sh\n    (deeper than is shown)\n',
    );
  });

  it('is a tree of any depth if nothing was cut', () => {
    expect(
      contentOf(sectionOf(treeOf(500), { name: 'processes' }))
        .trimEnd()
        .split('\n'),
    ).toHaveLength(1000);
  });
});
