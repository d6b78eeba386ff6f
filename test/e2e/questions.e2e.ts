import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killAll } from '../process/start.js';
import { type Printed, report, reportCrash, startService } from './apps.js';
import { countGroups, type Entry, findEntries, type Sample, until, waitForReport } from './backends.js';
import { sendInFlight } from './in-flight.js';
import { type Stack, startStack } from './stack.js';

const page = readFileSync(new URL('../../docs/backends.md', import.meta.url), 'utf8');
const QUESTIONS = [...page.matchAll(/^(.+\?|.+\.)\n\n```logql\n(.+)\n```$/gm)].map(([, question = '', query = '']) => ({
  question,
  query,
}));
const TRACE = 'facade'.padEnd(32, '0');

let stack: Stack;
let stuck: Printed;
let crashed: Printed;
let hash: string;

beforeAll(async () => {
  stack = await startStack();
  stuck = await report(startService(stack, 'checkout', 'waitForStock'));
  await report(startService(stack, 'checkout', 'waitForStock'));
  await report(startService(stack, 'search', 'readPipe'));
  crashed = await reportCrash(stack, 'mailer');
  await sendInFlight(stack, { reportId: stuck.id, service: 'checkout' }, [
    { name: 'POST /checkout', ageMs: 4000, traceId: TRACE },
  ]);
  await waitForReport(stack.lokiUrl, crashed.id, crashed.records);
  const marks = `{service_name="checkout"} | gmr_section_name="report.mark" | trace_id="${TRACE}"`;
  await until(
    () => findEntries(stack.lokiUrl, marks),
    ([mark]) => mark !== undefined,
    'the mark',
  );
  const entries = await waitForReport(stack.lokiUrl, stuck.id, stuck.records);
  hash = entries.find(({ labels }) => labels.gmr_main_stack_hash)?.labels.gmr_main_stack_hash ?? '';
});
afterAll(async () => {
  killAll();
  await stack?.close();
});

describe('the questions in docs/backends.md', () => {
  it('are seven', () => expect(QUESTIONS).toHaveLength(7));

  it('which are stuck, in what, who: answered by the processes that are', async () => {
    const [now, what, frame, who] = await Promise.all(QUESTIONS.slice(0, 4).map(ask));
    const services = (now?.entries ?? [])
      .filter(({ labels }) => labels.service_name !== 'mailer')
      .map(({ labels }) => labels.service_name);
    expect(services.sort()).toEqual(['checkout', 'checkout', 'search']);
    expect(what?.samples).toContainEqual({ value: 2, labels: { gmr_main_stack_hash: hash } });
    const { labels } = frame?.samples.find(({ labels }) => labels.gmr_main_stack_hash === hash) ?? {};
    expect(labels?.code_function_name).toBe('waitForStock');
    expect(who?.entries.map(({ labels }) => labels.service_name)).toEqual(['checkout', 'checkout']);
  });

  it('show me this report: its text, as it was printed', async () => {
    const { entries } = await ask(QUESTIONS[4] as Question);
    expect(entries.map(({ line }) => line).join('')).toBe(stuck.text);
  });

  it('which reports were made during this trace; who crashed', async () => {
    const [during, ended] = await Promise.all(QUESTIONS.slice(5).map(ask));
    expect(during?.entries.map(({ labels }) => labels.gmr_report_id)).toEqual([stuck.id]);
    expect(ended?.entries.map(({ labels }) => labels.gmr_report_id)).toEqual([crashed.id]);
  });
});

type Question = (typeof QUESTIONS)[number];

async function ask({ question, query }: Question): Promise<{ entries: Entry[]; samples: Sample[] }> {
  const filled = query.replace('REPORT', stuck.id).replace('TRACE', TRACE).replace('HASH', hash);
  const isCount = /^(sum|topk)/.test(filled);
  const entries = isCount ? [] : await findEntries(stack.lokiUrl, filled);
  const samples = isCount ? await countGroups(stack.lokiUrl, filled) : [];
  show(question, entries, samples);
  return { entries, samples };
}

/** For the page, and for a person who watches. */
function show(question: string, entries: readonly Entry[], samples: readonly Sample[]): void {
  const told = [
    'service_name',
    'process_pid',
    'gmr_main_state',
    'gmr_report_trigger',
    'gmr_main_stack_hash',
    'code_function_name',
    'gmr_in_flight_name',
    'gmr_report_id',
  ];
  const rows: { labels: { readonly [name: string]: string } }[] = [
    ...entries,
    ...samples.map(({ labels, value }) => ({ labels: { ...labels, gmr_report_id: `${value} reports` } })),
  ];
  const lines = rows.map(({ labels }) =>
    told
      .map((name) => labels[name])
      .filter(Boolean)
      .join('  '),
  );
  console.log(`${question}\n${[...new Set(lines)].join('\n')}`);
}
