import { showDuration } from '../../views/duration.js';
import { type Html, html } from './html.js';
import { showCount } from './page.js';

/** A Node process of this machine. */
export interface ProcessRow {
  readonly pid: number;
  readonly user: string | null;
  readonly service: string | null;
  /** The signals that make a report. */
  readonly signals: readonly string[];
  readonly uptimeMs: number;
  readonly state: string;
  readonly command: string;
  /** Whether it is a process of this user. */
  readonly isOwn: boolean;
}

/** The processes of this machine, as the viewer shows and asks them. */
export interface Processes {
  /** @throws Error with the reason why they are not known */
  list(): readonly ProcessRow[];
  /** Asks a process for a report; undefined if the viewer may not. @returns a sentence on the result */
  readonly ask: ((pid: number) => string) | undefined;
}

/** @param said the sentence that `ask` has just returned */
export function renderProcesses(processes: Processes | undefined, said = ''): Html {
  if (!processes)
    return html`<h1>Processes</h1><p class="empty">The processes of this machine are shown on a loopback address only.</p>`;
  let rows: readonly ProcessRow[];
  try {
    rows = processes.list();
  } catch (error) {
    return html`<h1>Processes</h1><p class="empty">${(error as Error).message}</p>`;
  }
  const { ask } = processes;
  const button = (row: ProcessRow) =>
    ask && row.isOwn && row.signals.length > 0
      ? html`<form method="post" action="/processes/${row.pid}"><button aria-label="make a report of ${row.pid}">make a report</button></form>`
      : html``;
  return html`<h1>Processes</h1>${said === '' ? '' : html`<p class="note" role="status">${said}</p>`}<p class="sum">${showCount(rows.length, 'Node process', 'Node processes')} of this machine${
    ask ? '' : html`; with <code>gmr collect --allow-kill</code> they can be asked for a report here`
  }</p>${
    rows.length === 0
      ? ''
      : html`<table class="rows processes"><thead><tr><th scope="col" class="number">pid</th><th scope="col">service</th><th scope="col">user</th><th scope="col">signals</th><th scope="col">up</th><th scope="col">state</th><th scope="col">command</th>${ask ? html`<th scope="col">report</th>` : ''}</tr></thead><tbody>${rows.map(
          (row) =>
            html`<tr><th scope="row" class="number"><a class="name" href="/reports?process=${row.pid}">${row.pid}</a></th><td data-label="service">${row.service ?? '?'}</td><td data-label="user">${row.user ?? '?'}</td><td data-label="signals">${row.signals.join(', ') || 'none: it is not armed'}</td><td class="nowrap" data-label="up">${showDuration(row.uptimeMs)}</td><td data-label="state">${row.state}</td><td data-label="command"><code>${row.command}</code></td>${ask ? html`<td>${button(row)}</td>` : ''}</tr>`,
        )}</tbody></table>`
  }`;
}
