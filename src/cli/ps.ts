import { parseArgs } from 'node:util';
import { showDuration } from '../agent/header.js';
import { readText } from '../procfs/read.js';
import { readUserNames } from '../procfs/users.js';
import { createRedactor } from '../redact.js';
import { readSettings } from '../settings.js';
import { escapeJson } from '../views/escape.js';
import { renderTable } from '../views/table.js';
import { answersTo, tellEffect } from './judge.js';
import { listNodeProcesses, nameOf, type Seen } from './node-processes.js';

export const HELP = `gmr ps [--all] [--json]

The Node processes of this machine that answer with a report, and to which signals: those whose agent thread says so,
and that catch them (/proc/PID/status, SigCgt). One that is stopped answers when it is continued.

  --all    those that do not answer, too, and what SIGUSR1 and SIGUSR2 would do to them
  --json   one JSON object a line

A service is shown where its name can be told from outside and is what the agent says: of a process of another user, and
of one that names itself in code, it is a "?". gmr kill --service finds these as well.
`;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { all: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const all = listNodeProcesses();
  const shown = values.all ? all : all.filter((seen) => answersTo(seen).length > 0);
  const rows = shown.map(describe(readClock()));
  if (values.json) process.stdout.write(rows.map((row) => `${escapeJson(JSON.stringify(row))}\n`).join(''));
  else if (rows.length > 0) process.stdout.write(renderRows(rows));
  else process.stdout.write(`no Node process that ${values.all ? 'can be seen' : 'answers'}\n`);
  for (const note of tellUnseen(all, shown)) process.stderr.write(`gmr ps: ${note}\n`);
}

/** A line of `gmr ps --json`; null is what cannot be told. */
interface Row {
  readonly pid: number;
  readonly user: string | null;
  readonly service: string | null;
  readonly armed: boolean;
  /** That make a report. */
  readonly signals: readonly string[];
  /** What they would do where they make none. */
  readonly otherwise: { readonly [signal: string]: string };
  readonly uptimeMs: number;
  readonly state: string;
  readonly container: string | null;
  readonly command: string;
}

function describe(clockMs: number): (seen: Seen) => Row {
  const userName = readUserNames();
  const { secretNames } = readSettings({}, process.env).settings;
  const { text: mask } = createRedactor({ secretNames, declared: {} });
  return (seen) => {
    const signals = answersTo(seen);
    const silent = signals.length > 0 ? [] : ['SIGUSR1', 'SIGUSR2'];
    const service = nameOf(seen);
    return {
      pid: seen.pid,
      user: seen.uid === undefined ? null : userName(seen.uid),
      service: service === undefined ? null : mask(service),
      armed: seen.mark !== undefined,
      signals,
      otherwise: Object.fromEntries(silent.map((signal) => [signal, tellEffect(seen, signal)])),
      uptimeMs: Math.max(0, clockMs - seen.startedMs),
      state: seen.state,
      container: seen.container ?? null,
      command: mask(seen.command),
    };
  };
}

const CONTAINER_DIGITS = 12;

function renderRows(rows: readonly Row[]): string {
  const inContainers = rows.some(({ container }) => container !== null);
  const line = (cells: readonly string[], container: string, command: string) =>
    inContainers ? [...cells, container, command] : [...cells, command];
  return renderTable(
    [
      line(['PID', 'USER', 'SERVICE', 'SIGNALS', 'UPTIME', 'STATE'], 'CONTAINER', 'COMMAND'),
      ...rows.map((row) =>
        line(
          [
            String(row.pid),
            row.user ?? '?',
            row.service ?? '?',
            showSignals(row),
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
}

function showSignals({ signals, otherwise }: Row): string {
  if (signals.length > 0) return signals.join(',');
  const effects = Object.entries(otherwise).map(([signal, effect]) => `${signal} ${effect}`);
  return `none: ${effects.join(', ')}`;
}

/** What may be there and is not shown. */
function tellUnseen(all: readonly Seen[], shown: readonly Seen[]): string[] {
  const notes: string[] = [];
  const left = all.length - shown.length;
  if (left > 0) notes.push(`${left} more Node processes do not answer: gmr ps --all`);
  if (readText('/proc/1/status') === undefined)
    notes.push("other users' processes are hidden from this user here (/proc is mounted with hidepid)");
  const nameless = shown.filter((seen) => nameOf(seen) === undefined).length;
  if (nameless > 0)
    notes.push(`the service of ${nameless} cannot be told: of another user, or named in its code; root sees more`);
  return notes;
}

/** Milliseconds since the boot. */
function readClock(): number {
  return Number.parseFloat(readText('/proc/uptime') ?? '0') * 1000;
}
