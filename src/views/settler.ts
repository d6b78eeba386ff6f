import { baseName } from '../base-name.js';
import type { CalledFunction, MadeRequest, SuspendedSettler } from '../report.js';
import { showAge, showDue, showTimer } from './duration.js';

export interface ShownSettler extends Omit<SuspendedSettler, 'callback'> {
  readonly callback?: CalledFunction;
}

/** `kept in Pool.waiting (51)`, `timer of 60 s, due in 57.2 s, calls retry db.mjs:12`, `fetch POST inventory:8080/stock, 1.5 s`. */
export function showSettler({ kind, name, of, timer, callback, requests }: ShownSettler): string {
  const size = of === undefined ? '' : ` (${of})`;
  const file = callback && baseName(callback.file);
  // A function of Node's own only leads to one of the program, and is not shown.
  const isOwn = callback !== undefined && callback.line > 0 && callback.origin !== 'node';
  const calls = isOwn ? `, calls ${callback.function} ${file}:${callback.line}` : '';
  if (requests) {
    const { count, oldest } = requests;
    const more = count === undefined ? ', and others' : count > 1 ? `, the oldest of ${count}` : '';
    return `${showMade(oldest)}${more}${kind === 'event' ? `, event ${name}` : ''}${calls}`;
  }
  switch (kind) {
    case 'timer':
      return `${timer ? tellTimer(timer) : 'setImmediate'}${calls}`;
    case 'event':
      return `event ${name}${calls}`;
    case 'request':
      return `a request ${name}`.trim();
    case 'promise':
      return `a callback of another promise${calls}`;
    case 'native':
      return `native code (${name})${calls}`;
    case 'suspended':
      return `kept in a variable of ${name || 'a suspended function'}`;
    case 'nobody':
      return 'nobody in JavaScript can settle it';
    default:
      return `kept in ${name}${size}${calls}`;
  }
}

/** `POST inventory:8080/stock, 1.5 s`. */
function showMade({ protocol, method, peer = '', path, ageMs }: MadeRequest): string {
  return `${protocol === 'fetch' ? 'fetch ' : ''}${method} ${peer}${path}, ${showAge(ageMs)}`;
}

function tellTimer({ ms, dueMs }: NonNullable<SuspendedSettler['timer']>): string {
  const of = `timer of ${showTimer(ms)}`;
  return dueMs === undefined ? of : `${of}, ${showDue(dueMs, showTimer)}`;
}
