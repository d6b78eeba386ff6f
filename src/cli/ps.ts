import { parseArgs } from 'node:util';
import { readText } from '../procfs/read.js';
import { readUserNames } from '../procfs/users.js';
import { showDuration } from '../views/duration.js';
import { toJsonLine } from '../views/escape.js';
import { renderTable } from '../views/table.js';
import { createMask } from './mask.js';
import { confirmedService, hideRegister, listNodeProcesses, type NodeProcess } from './node-processes.js';
import { answers, describeEffect, hasEnded, listReportSignals } from './signal-effect.js';
import { tell } from './tell.js';

export const HELP = `gmr ps [--all] [--json]

The Node processes of this machine that answer with a report, and the signals that they answer to: the agent thread's
name lists them, and the process catches them (/proc/PID/status, SigCgt). A stopped process answers when it is continued.

  --all    also the processes that do not answer, and the effect that SIGUSR1 and SIGUSR2 would have on them
  --json   one JSON object a line

The service is "?" if it cannot be read: the process belongs to another user, or sets the name in its code. gmr kill
--service finds these as well.
`;

export const OPTIONS = { all: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } as const;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: OPTIONS,
  });
  const all = listNodeProcesses();
  const shown = values.all ? all : all.filter(answers);
  const rows = shown.map(describe(readClock()));
  if (values.json) process.stdout.write(rows.map(toJsonLine).join(''));
  else if (rows.length > 0) process.stdout.write(renderRows(rows));
  else process.stdout.write(`no Node process ${values.all ? 'is visible' : 'answers'}\n`);
  for (const note of listOmissions(all, shown)) tell('ps', note);
}

/** All Node processes, those that answer first. @throws CommandError if there is no /proc */
export function listRows(): readonly Row[] {
  const rows = listNodeProcesses().map(describe(readClock()));
  return rows.sort((a, b) => Number(b.signals.length > 0) - Number(a.signals.length > 0) || a.pid - b.pid);
}

/** A line of `gmr ps --json`; null if it is not known. */
interface Row {
  readonly pid: number;
  readonly user: string | null;
  readonly service: string | null;
  readonly armed: boolean;
  /** The signals that make a report. */
  readonly signals: readonly string[];
  /** The effect of signals that make no report. */
  readonly otherwise: { readonly [signal: string]: string };
  readonly uptimeMs: number;
  readonly state: string;
  readonly container: string | null;
  readonly command: string;
}

function describe(clockMs: number): (one: NodeProcess) => Row {
  const userName = readUserNames();
  const mask = createMask();
  return (one) => {
    const signals = listReportSignals(one);
    const silent = signals.length > 0 ? [] : ['SIGUSR1', 'SIGUSR2'];
    const service = confirmedService(one);
    return {
      pid: one.pid,
      user: one.uid === undefined ? null : userName(one.uid),
      service: service === undefined ? null : mask(service),
      armed: one.mark !== undefined,
      signals,
      otherwise: Object.fromEntries(silent.map((signal) => [signal, describeEffect(one, signal)])),
      uptimeMs: Math.max(0, clockMs - one.startedMs),
      state: one.state,
      container: one.container ?? null,
      command: hideRegister(mask(one.command)),
    };
  };
}

const CONTAINER_DIGITS = 12;

function renderRows(rows: readonly Row[]): string {
  const notes = new Map<string, number>();
  const inContainers = rows.some(({ container }) => container !== null);
  const line = (cells: readonly string[], container: string, command: string) =>
    inContainers ? [...cells, container, command] : [...cells, command];
  const table = renderTable(
    [
      line(['PID', 'USER', 'SERVICE', 'SIGNALS', 'UPTIME', 'STATE'], 'CONTAINER', 'COMMAND'),
      ...rows.map((row) =>
        line(
          [
            String(row.pid),
            row.user ?? '?',
            row.service ?? '?',
            showSignals(row, notes),
            showDuration(row.uptimeMs),
            row.state,
          ],
          row.container?.slice(0, CONTAINER_DIGITS) ?? '',
          row.command,
        ),
      ),
    ],
    [0],
  );
  return table + [...notes].map(([effects, number]) => `(${number}) ${effects}\n`).join('');
}

/** The signals; for a process without any, the number of a note on the effects of the usual ones. */
function showSignals({ signals, otherwise }: Row, notes: Map<string, number>): string {
  if (signals.length > 0) return signals.join(',');
  const effects = Object.entries(otherwise)
    .map(([signal, effect]) => `${signal} ${effect}`)
    .join(', ');
  const number = notes.get(effects) ?? notes.size + 1;
  notes.set(effects, number);
  return `none (${number})`;
}

/** Sentences on processes and names that are not shown. */
function listOmissions(all: readonly NodeProcess[], shown: readonly NodeProcess[]): string[] {
  const notes: string[] = [];
  const left = all.length - shown.length;
  if (left > 0)
    notes.push(
      `${left === 1 ? '1 more Node process does' : `${left} more Node processes do`} not answer: gmr ps --all`,
    );
  if (readText('/proc/1/status') === undefined)
    notes.push("other users' processes are hidden from this user here (/proc is mounted with hidepid)");
  const nameless = shown.filter((one) => !hasEnded(one) && confirmedService(one) === undefined).length;
  if (nameless > 0)
    notes.push(`the service of ${nameless} is unknown: another user's, or named in its code; root sees more`);
  return notes;
}

/** Milliseconds since the machine's boot. */
function readClock(): number {
  return Number.parseFloat(readText('/proc/uptime') ?? '0') * 1000;
}
