import { describe, expect, test } from 'vitest';
import { readVendorTokens, writeVendorTokens } from '../../.ci/vendor-tokens.js';
import { VENDOR_TOKENS } from '../../src/redact/vendor-tokens.js';

const rule = (id: string, regex: string): string =>
  `[[rules]]\nid = "${id}"\ndescription = "x"\nregex = '''${regex}'''\n`;
const END = `(?:[\\x60'"\\s;]|\\\\[nr]|$)`;
const NAMED = `(?i)[\\w.-]{0,50}?(?:acme)(?:[ \\t\\w.-]{0,20})[\\s'"]{0,3}(?:=|>|:{1,3}=|\\|\\||:|=>|\\?=|,)[\\x60'"\\s=]{0,5}`;

describe('the rules of gitleaks', () => {
  test.each([
    ['a token with a prefix', `\\b(ac_[a-z0-9]{40})${END}`, [{ prefixes: ['ac_'], rest: '[a-z0-9]{16,512}' }]],
    ['two prefixes', `(?:ac|ad)_[0-9]{20}`, [{ prefixes: ['ac_', 'ad_'], rest: '[0-9]{16,512}' }]],
    ['a class in the prefix', `xox[ab]-[0-9]{20}`, [{ prefixes: ['xoxa-', 'xoxb-'], rest: '[0-9]{16,512}' }]],
    ['a flag in the middle', `acme-(?i)[a-f0-9]{12}`, [{ prefixes: ['acme-'], rest: '[A-Fa-f0-9]{12,512}' }]],
    ['a prefix without a sign', `\\bACME[A-Z]{30,}`, [{ prefixes: ['ACME'], rest: '[A-Z]{30,512}' }]],
    ['a token after its name', `${NAMED}(acm-[a-z]{8})${END}`, [{ prefixes: ['acm-'], rest: '[A-Za-z]{8,512}' }]],
    ['a token without a prefix', `${NAMED}([a-f0-9]{32})${END}`, []],
    ['a prefix that is too short', `\\b(a_[a-z0-9]{40})${END}`, []],
  ])('%s', (_, regex, tokens) => {
    expect(readVendorTokens(rule('acme', regex))).toEqual(tokens);
  });

  test('are written as a module that names its source', () => {
    const written = writeVendorTokens([{ prefixes: ['ac_', 'ad_'], rest: "\\d'" }]);
    expect(written).toContain("['ac_ ad_', '\\\\d\\'']");
    expect(written).toMatch(/github\.com\/gitleaks\/gitleaks[\s\S]*[0-9a-f]{40}[\s\S]*MIT/);
  });

  test('are bounded patterns in the committed module, each with a prefix', () => {
    expect(VENDOR_TOKENS.length).toBeGreaterThan(60);
    for (const [prefixes, rest] of VENDOR_TOKENS) {
      expect(prefixes.split(' ').every((prefix) => prefix.length >= 3)).toBe(true);
      expect(rest).not.toMatch(/[^\\[][+*](?![^[]*\])|\{\d+,\}/);
      expect(() => new RegExp(rest, 'y')).not.toThrow();
    }
  });
});
