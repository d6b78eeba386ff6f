import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Names } from '../../src/export/http/names.js';
import { findInHosts, hasOtherModules, listCandidates } from '../../src/export/http/system-names.js';

const root = mkdtempSync(join(tmpdir(), 'names-'));
let written = 0;
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(text: string): string {
  written += 1;
  const path = join(root, String(written));
  writeFileSync(path, text);
  return path;
}

describe('names of the system', () => {
  it('are found in /etc/hosts, in any case, with all their addresses', () => {
    const path = write('# ours\n10.0.0.1 One one.example # first\n::1\tONE\nnonsense one\n10.0.0.2 two\n');
    expect(findInHosts('one', path)).toEqual(['10.0.0.1', '::1']);
    expect(findInHosts('one.example.', path)).toEqual(['10.0.0.1']);
    expect(findInHosts('three', path)).toEqual([]);
    expect(findInHosts('one', join(root, 'absent'))).toEqual([]);
  });

  it.each([
    ['collector', '', ['collector']],
    ['collector', 'search a.example b.example', ['collector.a.example', 'collector.b.example', 'collector']],
    ['collector', 'domain a.example', ['collector.a.example', 'collector']],
    ['collector', 'search a\nsearch b # the last one holds', ['collector.b', 'collector']],
    ['collector.ns', 'search a', ['collector.ns', 'collector.ns.a']],
    ['collector.ns', 'search a\noptions timeout:2 ndots:5', ['collector.ns.a', 'collector.ns']],
    ['collector.ns.', 'search a\noptions ndots:5', ['collector.ns.']],
  ])('%s with %j is asked for as %j', (name, text, candidates) => {
    expect(listCandidates(name, write(text))).toEqual(candidates);
  });

  it.each([
    ['hosts: files dns', false],
    ['passwd: sss\nhosts:  files myhostname dns [!UNAVAIL=return]', false],
    ['hosts: files mdns4_minimal [NOTFOUND=return] dns', true],
    ['hosts: files sss dns # a directory', true],
    ['', false],
  ])('%j may know of more: %s', (text, isSo) => {
    expect(hasOtherModules(write(text))).toBe(isSo);
  });
});

describe('an address', () => {
  it('is known without a resolver if the name is numeric, or localhost', async () => {
    const names = new Names(1000);
    expect(await names.find('10.1.2.3')).toEqual(['10.1.2.3']);
    expect(await names.find('::1')).toEqual(['::1']);
    expect(await names.find('LocalHost')).toEqual(['127.0.0.1', '::1']);
    expect(await names.find('shop.localhost')).toEqual(['127.0.0.1', '::1']);
  });

  it('that has answered is used if no resolver answers, and not for another name', async () => {
    const names = new Names(50);
    names.remember('collector.invalid-zone.example', '10.1.2.3');
    const found = await names
      .find('collector.invalid-zone.example')
      .catch((error: NodeJS.ErrnoException) => error.code);
    // A resolver that answers says that there is no such name.
    expect([['10.1.2.3'], 'ENOTFOUND']).toContainEqual(found);
    const other = await names.find('other.invalid-zone.example').catch((error: NodeJS.ErrnoException) => error.code);
    expect(['EAI_AGAIN', 'ENOTFOUND']).toContain(other);
  });
});
