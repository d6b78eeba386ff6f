/**
 * Makes a large store of a small one: `node bench/dist/large-store.js FROM TO COUNT`. Each report of FROM is written again
 * and again, with ids, times, services, hosts, processes and stacks of its own.
 */
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [from, to, wanted] = process.argv.slice(2);
if (from === undefined || to === undefined || wanted === undefined) throw new Error('expected FROM TO COUNT');
const COUNT = Number(wanted);
const FILE_BYTES = 64 * 2 ** 20;
const DAYS_MS = 14 * 86_400_000;
const STACKS = 120;

const templates = readdirSync(from)
  .filter((name) => /^logs.*\.jsonl$/.test(name))
  .flatMap((name) => readFileSync(join(from, name), 'utf8').trimEnd().split('\n'))
  .flatMap((line) => {
    const [id] = /(?<="gmr\.report\.id","value":\{"stringValue":")[0-9a-f]{32}/.exec(line) ?? [];
    return id === undefined ? [] : [{ line, id }];
  });
mkdirSync(to, { recursive: true, mode: 0o700 });
const startMs = Date.now() - DAYS_MS;
let file: number | undefined;
let bytes = 0;
let files = 0;
for (let n = 0; n < COUNT; n += 1) {
  const line = `${vary(templates[n % templates.length] as (typeof templates)[number], n)}\n`;
  if (file === undefined || bytes + line.length > FILE_BYTES) {
    if (file !== undefined) closeSync(file);
    files += 1;
    file = openSync(join(to, `logs-20261101${String(files).padStart(9, '0')}.jsonl`), 'w', 0o600);
    bytes = 0;
  }
  bytes += writeSync(file, line);
}
if (file !== undefined) closeSync(file);
console.log(`${COUNT} reports of ${templates.length} recorded ones in ${files} files`);

function vary({ line, id }: { readonly line: string; readonly id: string }, n: number): string {
  const timeMs = startMs + (DAYS_MS * n) / COUNT;
  const time = new Date(timeMs).toISOString();
  const stack = n % STACKS;
  return line
    .replaceAll(id, digest(`report ${n}`).slice(0, 32))
    .replace(/"timeUnixNano":"\d+(\d{6})"/g, `"timeUnixNano":"${Math.floor(timeMs)}$1"`)
    .replace(/("key":"time","value":\{"stringValue":")[^"]*/g, `$1${time}`)
    .replace(
      /("key":"gmr\.main\.stack_hash","value":\{"stringValue":")([^"]*)/g,
      (_, key: string, hash: string) => `${key}${digest(`${hash} ${stack}`).slice(0, hash.length)}`,
    )
    .replace(/("key":"(?:service\.name|service)","value":\{"stringValue":")([^"]*)/g, `$1$2-${n % 10}`)
    .replace(/("key":"(?:host\.name|host)","value":\{"stringValue":")([^"]*)/g, `$1node-${n % 50}`)
    .replace(/("key":"process\.pid","value":\{"intValue":)\d+/g, `$1${1000 + (n % 5000)}`)
    .replace(/("key":"process","value":\{"stringValue":")\d+/g, `$1${1000 + (n % 5000)}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
