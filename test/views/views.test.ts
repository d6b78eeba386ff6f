import { describe, expect, it } from 'vitest';
import { renderBanner } from '../../src/views/banner.js';
import { renderJson } from '../../src/views/json.js';
import { renderHeader, renderSection, renderText } from '../../src/views/text.js';
import { REPORT } from './report.js';

describe('the text of a report', () => {
  it('is that of test/views/golden.txt to the letter', async () => {
    await expect(renderText(REPORT)).toMatchFileSnapshot('./golden.txt');
  });

  it('is its header and its sections, and nothing between them', () => {
    expect(renderText(REPORT)).toBe(
      renderHeader(REPORT) + REPORT.sections.map((section) => renderSection(section)).join(''),
    );
  });

  it('begins with oslo’s banner', () => {
    expect(renderHeader(REPORT).split('\n').slice(0, 7)).toEqual([
      '='.repeat(72),
      '====                        Guru Meditation                         ====',
      '='.repeat(72),
      '|'.repeat(72),
      '',
      '',
      'report = 0af7651916cd43dd8448eb211c80319c',
    ]);
  });

  it('centres a title with the odd space to the right, and cuts none', () => {
    expect(renderBanner('Threads').split('\n')[1]).toBe(`====${' '.repeat(28)}Threads${' '.repeat(29)}====`);
    expect(renderBanner('x'.repeat(100)).split('\n')[1]).toBe(`====${'x'.repeat(100)}====`);
  });

  it('holds no control character and no banner of a value', () => {
    const text = renderText(REPORT);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for them.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text).not.toMatch(/^==== no banner/m);
  });
});

describe('the JSON of a report', () => {
  it('has an object on each line, the header first, each with the report’s id', () => {
    const lines = renderJson(REPORT)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line['gmr.section.name'])).toEqual([
      'report',
      ...REPORT.sections.map(({ name }) => name),
    ]);
    expect(new Set(lines.map((line) => line['gmr.report.id']))).toEqual(new Set([REPORT.id]));
    expect(lines.at(-1)).toMatchObject({ 'gmr.section.status': 'timed_out', error: expect.stringMatching(/settled/) });
  });

  it('keeps a line separator inside a text from ending the line', () => {
    const [section] = REPORT.sections;
    const odd = { ...REPORT, sections: [{ ...(section as (typeof REPORT.sections)[number]), text: 'a\u2028b' }] };
    expect(renderJson(odd)).not.toContain('\u2028');
    expect(JSON.parse(renderJson(odd).trimEnd().split('\n')[1] ?? '').text).toBe('a\u2028b');
  });
});
