import { expect, it } from 'vitest';
import { CauseGroups } from '../../src/collector/causes.js';
import type { StoredReport } from '../../src/collector/reports.js';

let made = 0;

function makeReport(facts: Partial<StoredReport>): StoredReport {
  made += 1;
  return {
    id: String(made).padStart(32, '0'),
    time: `2026-11-26T12:00:${String(made).padStart(2, '0')}.000Z`,
    service: 'shop',
    host: 'a',
    process: '1',
    trigger: 'signal SIGUSR1',
    main: 'running JavaScript',
    verdict: '',
    top: '',
    stackHash: '',
    suspendedPlace: '',
    suspendedHash: '',
    request: '',
    thrown: '',
    count: 1,
    records: 1,
    sections: new Map(),
    ...facts,
  };
}

const group = (...reports: StoredReport[]) => new CauseGroups().learn(reports).list();

it('reports are alike by the stack of their main thread, in any process', () => {
  const causes = group(
    makeReport({ stackHash: 'x', verdict: 'running JavaScript for 1.2 s at a.mjs:1 in f' }),
    makeReport({
      stackHash: 'x',
      verdict: 'running JavaScript for 9 s at a.mjs:2 in f',
      process: '2',
      service: 'till',
    }),
    makeReport({ stackHash: 'x', host: 'b' }),
    makeReport({ stackHash: 'y' }),
  );
  expect(causes.map(({ stack, reports, processes, services }) => [stack, reports.length, processes, services])).toEqual(
    [
      ['x', 3, 3, ['shop', 'till']],
      ['y', 1, 1, ['shop']],
    ],
  );
});

it('reports of idle processes by the place where they wait, and those without a hash by their verdict without its numbers', () => {
  const causes = group(
    makeReport({ main: 'idle', suspendedHash: 'w', verdict: 'idle; waits for 3 of 3 suspended calls at f a.mjs:1' }),
    makeReport({ main: 'idle', suspendedHash: 'w', verdict: 'idle; waits for 9 of 9 suspended calls at f a.mjs:1' }),
    makeReport({ main: 'idle', verdict: 'idle' }),
    makeReport({ main: 'idle', verdict: 'idle; in flight 1 request served' }),
    makeReport({ main: 'in native code', verdict: 'in native code for 10 s' }),
    makeReport({ main: 'in native code', verdict: 'in native code for 2.4 s' }),
  );
  expect(causes.map(({ reports }) => reports.length)).toEqual([2, 2, 2]);
});

it('crashes are alike by their message and place, and not with other reports of the same stack', () => {
  const causes = group(
    makeReport({ stackHash: 'x' }),
    makeReport({ stackHash: 'x', trigger: 'crash uncaughtException', thrown: 'TypeError: order 17 is not known' }),
    makeReport({ stackHash: 'x', trigger: 'crash uncaughtException', thrown: 'TypeError: order 4 is not known' }),
  );
  expect(causes.map(({ reports }) => reports.length)).toEqual([1, 2]);
});

it('has the first and the last, also of reports that came late, and learns one at a time', () => {
  const reports = [makeReport({ stackHash: 'x' }), makeReport({ stackHash: 'x' })];
  const groups = new CauseGroups().learn(reports);
  reports.push(makeReport({ stackHash: 'x', time: '2026-01-01T00:00:00.000Z' }));
  const [cause] = groups.learn(reports).list();
  expect([cause?.reports.length, cause?.first, cause?.last]).toEqual([3, reports[2], reports[1]]);
  expect(groups.processes).toBe(1);
});
