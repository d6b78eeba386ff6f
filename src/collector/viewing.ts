import { type Address, listen, stop, tellOnce, toUrl } from './listening.js';
import { openReports } from './listing.js';
import { openTraces } from './traces.js';
import type { Processes } from './viewer/processes-page.js';
import { prepare } from './viewer/site.js';
import { Viewer } from './viewer/viewer.js';

export interface ViewingOptions extends Address {
  /** A store's, or a spool's. It is only read. */
  readonly directory: string;
  readonly token: string;
  readonly processes: Processes;
  /** Called with a sentence for the user; not again with the same one while the trouble lasts. */
  onTrouble(sentence: string): void;
}

export interface Viewing {
  /** Of the pages, without the token. */
  readonly url: string;
  /** A token that opens once, for a place that others can read. */
  grantOnce(): string;
  close(): Promise<void>;
}

/** Shows the reports of a directory, and takes none. @throws the system's error, such as EADDRINUSE */
export async function startViewing(options: ViewingOptions): Promise<Viewing> {
  const { host, directory, token, processes } = options;
  const [reports, traces] = [openReports(directory), openTraces(directory)];
  const viewer = new Viewer({ host, token, reports, traces, processes });
  // If the directory cannot be read, each page says so.
  for (const reading of [prepare({ reports, traces, processes }), traces.refresh()]) reading.catch(() => {});
  const server = await listen(options, { onTrouble: tellOnce(options.onTrouble) }, (request, response) =>
    viewer.serve(request, response),
  );
  return {
    url: toUrl(server),
    grantOnce: () => viewer.grantOnce(),
    async close() {
      viewer.live.close();
      await stop(server);
    },
  };
}
