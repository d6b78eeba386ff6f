import type { FrameReader } from '../frames/frames.js';
import { isOwnFile } from '../frames/own-file.js';
import type { RunningTexts } from '../frames/running-texts.js';
import type { RawFrame } from '../raw-frame.js';
import type { CalledFunction, HandlesData } from '../report.js';
import type { Handles } from '../v8/handles/handles.js';

/** Groups of alike timers that are listed: of one function, one time and one kind. */
const MAX_TIMERS = 100;
const MAX_SERVERS = 50;

/** @param timersNow the clock of main's timers, in milliseconds */
export function collectHandles(
  { timers, servers, isWhole }: Handles<RawFrame>,
  frames: FrameReader,
  texts: RunningTexts,
  timersNow: number,
): HandlesData {
  const describe = (raw: RawFrame): CalledFunction => {
    const [frame] = frames.read([raw], texts);
    const {
      function: name,
      file,
      line,
      origin,
    } = frame ?? { function: raw.function, file: '', line: 0, origin: 'node' };
    return { function: name, file, line, origin };
  };
  const groups = new Map<string, { count: number; at: number; readonly one: (typeof timers)[number] }>();
  for (const one of timers) {
    const { ms, repeats, isRef, at, callback } = one;
    if (callback && isOwnFile(callback.file)) continue;
    const key = JSON.stringify([
      ms,
      repeats,
      isRef,
      callback?.function,
      callback?.file,
      callback?.line,
      callback?.column,
    ]);
    const group = groups.get(key);
    if (group) {
      group.count += 1;
      group.at = Math.min(group.at, at);
    } else groups.set(key, { count: 1, at, one });
  }
  const timerCount = [...groups.values()].reduce((sum, { count }) => sum + count, 0);
  const sorted = [...groups.values()].sort((one, other) => one.at - other.at).slice(0, MAX_TIMERS);
  return {
    timers: sorted.map(({ count, at, one: { ms, repeats, isRef, callback } }) => ({
      count,
      ms,
      repeats,
      unref: !isRef,
      dueMs: Math.round(at - timersNow),
      ...(callback ? { callback: describe(callback) } : {}),
    })),
    servers: servers.slice(0, MAX_SERVERS).map(({ name, key, handler }) => ({
      name,
      address: describeKey(key),
      ...(handler ? { handler: describe(handler) } : {}),
    })),
    timerCount,
    serverCount: servers.length,
    whole: isWhole,
  };
}

/** Node's key of a server: `4:127.0.0.1:3000`, `6::::3000`, `-1:/run/app.sock:-1`; no address if it was given an open socket. */
function describeKey(key: string): string {
  if (key === 'null:null:null') return 'a descriptor that was passed to it';
  if (key === '-1:null:-1') return 'a handle that was passed to it';
  const [, family, host, port] = /^(4|6):(.*):(\d+)$/.exec(key) ?? [];
  if (family !== undefined) return family === '6' ? `[${host}]:${port}` : `${host}:${port}`;
  return /^-1:(.*):-1$/s.exec(key)?.[1] ?? key;
}
