import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { paint, wantsColour } from '../../src/views/colour.js';
import { renderPrinted } from '../../src/views/printed.js';
import { REPORT } from './report.js';

const ESCAPE = '\u001b[';

describe('a report in colour', () => {
  it.each(['text', 'short', 'full', 'none'] as const)('as %s is the same text, with colours', (format) => {
    const plain = renderPrinted(REPORT, format);
    const painted = renderPrinted(REPORT, format, true);
    expect(plain).not.toContain(ESCAPE);
    expect(painted).toContain(ESCAPE);
    expect(stripVTControlCharacters(painted)).toBe(plain);
  });

  it('as JSON has none', () => {
    expect(renderPrinted(REPORT, 'json', true)).toBe(renderPrinted(REPORT, 'json'));
  });

  it('has only its own escape sequences: those of a value are shown as text', () => {
    const header = { ...REPORT.header, service: '\u001b[2Jx', root: '\u009b31m' };
    const sections = REPORT.sections.map((section) => ({ ...section, title: '\u001b]0;t\u0007' }));
    const painted = renderPrinted({ ...REPORT, header, sections } as typeof REPORT, 'full', true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for them.
    expect(painted.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f](?!\[(?:[0-2]|3[1-3])m)/g)).toBeNull();
  });

  it('resets at the end of each line what the line has set', () => {
    for (const line of renderPrinted(REPORT, 'text', true)
      .split('\n')
      .filter((one) => one.includes(ESCAPE)))
      expect(line.endsWith('\u001b[0m')).toBe(true);
  });

  it.each([
    ['state = idle', 'state = \u001b[32midle\u001b[0m'],
    ['main = running JavaScript for 1.7 s', 'main = \u001b[31mrunning JavaScript for 1.7 s\u001b[0m'],
    ['state = waiting for a CPU', 'state = \u001b[33mwaiting for a CPU\u001b[0m'],
    ['shop.mjs:14:3 in buy', '\u001b[1mshop.mjs:14:3 in buy\u001b[0m'],
    ['30 at shop.mjs:14:3 in async buy', '\u001b[1m30 at shop.mjs:14:3 in async buy\u001b[0m'],
    ['  node:net:14:3 in read (node)', '\u001b[2m  node:net:14:3 in read (node)\u001b[0m'],
    ['  … 19 frames of express, node', '\u001b[2m  … 19 frames of express, node\u001b[0m'],
    ['     const a = b in c;', '     const a = b in c;'],
    ['product = shop', 'product = shop'],
  ])('%s', (line, painted) => {
    expect(paint(`${line}\n`)).toBe(`${painted}\n`);
  });
});

describe('colour is wanted', () => {
  it.each<[string, 'auto' | 'always' | 'never', Record<string, string>, 'terminal' | 'file' | 'other', boolean]>([
    ['on a terminal', 'auto', {}, 'terminal', true],
    ['not elsewhere', 'auto', {}, 'other', false],
    ['not with NO_COLOR', 'auto', { NO_COLOR: '1' }, 'terminal', false],
    ['with an empty NO_COLOR, which counts for nothing', 'auto', { NO_COLOR: '' }, 'terminal', true],
    ['not on a dumb terminal', 'auto', { TERM: 'dumb' }, 'terminal', false],
    ['elsewhere with FORCE_COLOR', 'auto', { FORCE_COLOR: '1' }, 'other', true],
    ['with FORCE_COLOR before NO_COLOR, as in Node', 'auto', { FORCE_COLOR: '', NO_COLOR: '1' }, 'other', true],
    ['not in a file, with FORCE_COLOR', 'auto', { FORCE_COLOR: '1' }, 'file', false],
    ['in a file with always', 'always', {}, 'file', true],
    ['not with FORCE_COLOR=0', 'auto', { FORCE_COLOR: '0' }, 'terminal', false],
    ['anywhere with always', 'always', { NO_COLOR: '1' }, 'other', true],
    ['nowhere with never', 'never', { FORCE_COLOR: '1' }, 'terminal', false],
  ])('%s', (_, setting, environment, stream, wanted) => {
    expect(wantsColour(setting, environment, stream)).toBe(wanted);
  });
});
