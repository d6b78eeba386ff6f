/** Times the viewer's pages over a store, in this process: `npm run pages -- DIRECTORY`. */
import { openReports } from '../../src/collector/listing.js';
import { renderCauses } from '../../src/collector/viewer/causes-page.js';
import { readQuery } from '../../src/collector/viewer/query.js';
import { renderReports } from '../../src/collector/viewer/reports-page.js';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('expected a directory');
const reports = openReports(directory, console.error);
const time = async (name: string, work: () => unknown) => {
  const times: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  const sorted = times.toSorted((a, b) => a - b);
  console.log(`${name}: first ${times[0]?.toFixed(1)} ms, median ${sorted[3]?.toFixed(1)} ms`);
};
const query = (text = '') => readQuery(new URLSearchParams(text));
await time('open', () => reports.refresh());
(globalThis as { gc?: () => void }).gc?.();
console.log(`heap ${(process.memoryUsage().heapUsed / 2 ** 20).toFixed(0)} MiB`);
console.log(`${reports.list().length} reports, ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`);
await time('causes', () => renderCauses(reports.known(), query(), Date.now()));
await time('list', () => renderReports(reports, query(), '', Date.now()));
await time('search', () => renderReports(reports, query('q=priceOrder'), '', Date.now()));
await time('search for nothing', () => renderReports(reports, query('q=zebra+crossing'), '', Date.now()));
