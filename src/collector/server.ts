import { type Counts, watchArrivals } from './arrivals.js';
import { type Address, listen, stop, tellOnce, toUrl } from './listening.js';
import { openReports } from './listing.js';
import { isLoopback, refuseForeignOrigin } from './origin.js';
import { isReceived, Receiver } from './receiver.js';
import { Refusal } from './refusal.js';
import type { StoredReport } from './reports.js';
import type { Store } from './store.js';
import type { Tls } from './tls.js';
import { openTraces } from './traces.js';
import type { Processes } from './viewer/processes-page.js';
import { isPage, prepare } from './viewer/site.js';
import { Viewer } from './viewer/viewer.js';

export interface CollectorOptions extends Address {
  readonly store: Store;
  /** The address of the pages. Without it, they are shown on the receiver's own address, if that is a loopback address. */
  readonly viewer?: Address | undefined;
  /** A reader of the pages has to bring it. Without it, the pages are open to everyone who reaches them. */
  readonly token?: string | undefined;
  /** For both addresses; without it there is no encryption. */
  readonly tls?: Tls | undefined;
  /** The processes of this machine; shown on loopback addresses only. */
  readonly processes?: Processes | undefined;
  /** Called when a report is complete. */
  onReport(report: StoredReport): void;
  /** Called with a sentence for the user; not again with the same one while the trouble lasts. */
  onTrouble(sentence: string): void;
}

export interface Collector {
  readonly url: string;
  /** Of the pages, without the token; undefined if there are none. */
  readonly viewerUrl: string | undefined;
  readonly counts: Readonly<Counts>;
  close(): Promise<void>;
}

/** Listens for OTLP/HTTP, and serves the viewer. @throws the system's error, such as EADDRINUSE */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const arrivals = watchArrivals();
  const { store, token, tls } = options;
  const onTrouble = tellOnce(options.onTrouble);
  const reports = openReports(store.directory, onTrouble);
  const traces = openTraces(store.directory, onTrouble);
  const address = options.viewer ?? options;
  const processes = isLoopback(address.host) ? options.processes : undefined;
  const viewer = new Viewer({ host: address.host, tls, token, reports, traces, processes });
  // Reading begins at once, since it takes a while without an index. If the store cannot be read, each page says so.
  for (const reading of [prepare({ reports, traces, processes }), traces.refresh()]) reading.catch(() => {});
  const onReport = (report: StoredReport) => {
    options.onReport(report);
    viewer.live.tell(report.id);
  };
  const receiver = new Receiver({ host: options.host, tls, store, reports, traces, arrivals, onReport, onTrouble });
  const isHere = options.viewer === undefined;
  const main = await listen(options, { tls, onTrouble }, (request, response) => {
    const [path = ''] = (request.url ?? '/').split('?');
    if (isReceived(path) || !isPage(path, request.headers)) return receiver.serve(request, response);
    refuseForeignOrigin({ ...request.headers, origin: undefined }, options.host, tls);
    if (!isHere) throw new Refusal(404, 'the pages are at the address of --viewer');
    // Without --viewer nobody has asked for pages that other machines reach.
    if (!isLoopback(options.host)) throw new Refusal(403, 'reports are shown on a loopback address only: see --viewer');
    return viewer.serve(request, response);
  });
  const second = options.viewer
    ? await listen(options.viewer, { tls, onTrouble }, (request, response) => viewer.serve(request, response)).catch(
        async (error) => {
          await stop(main);
          throw error;
        },
      )
    : undefined;
  return {
    url: toUrl(main),
    viewerUrl: second ? toUrl(second) : isLoopback(options.host) ? toUrl(main) : undefined,
    counts: arrivals.counts,
    async close() {
      viewer.live.close();
      tls?.close();
      await Promise.all([main, second].map((server) => server && stop(server)));
    },
  };
}
