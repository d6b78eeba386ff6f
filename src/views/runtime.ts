import { isMap, type Value, type ValueMap } from '../report.js';
import { escapeControls } from './escape.js';
import { renderValue, showBytes, showScalar } from './key-values.js';
import { isFull, type View } from './view.js';

/** The Runtime section: except in `full`, a line for each topic, without zeros and without the uptime, which the header has. */
export function renderRuntime(data: ValueMap, view: View): string {
  if (isFull(view)) return renderValue(data);
  return Object.entries(data)
    .filter(([topic]) => topic !== 'uptimeMs')
    .flatMap(([topic, value]): Line[] => {
      const own = Object.hasOwn(TOPICS, topic) ? TOPICS[topic]?.(value) : undefined;
      return own ?? [[spell(topic), showTopic(topic, value)]];
    })
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${escapeControls(`${name} = ${text}`)}\n`)
    .join('');
}

type Line = [name: string, text: string];

/** Topics with a look of their own; undefined for data of another shape. */
const TOPICS: { readonly [topic: string]: (value: Value) => Line[] | undefined } = {
  heapSpaces: (value) => (isMap(value) ? [['heap spaces', showSpaces(value)]] : undefined),
  machine: (value) => (isMap(value) ? showMachine(value) : undefined),
};

/** `new_space 1.3 MiB of 4.0 MiB, old_space …`. */
function showSpaces(spaces: ValueMap): string {
  return Object.entries(spaces)
    .map(([name, space]) => {
      const { usedBytes, committedBytes } = isMap(space) ? space : {};
      return typeof usedBytes === 'number' && typeof committedBytes === 'number'
        ? `${name} ${showSize(usedBytes)} of ${showSize(committedBytes)}`
        : showTopic(name, space);
    })
    .join(', ');
}

const RESOURCES = ['cpu', 'memory', 'io'];

/** Pressure as three shares of time, then load and tasks. */
function showMachine({ load, tasks, ...rest }: ValueMap): Line[] {
  const stalls = RESOURCES.flatMap((resource) =>
    Object.entries(toMap(rest[resource])).flatMap(([kind, stall]) => {
      const { avg10 = 0, avg60 = 0, avg300 = 0 } = toMap(stall);
      const isZero = [avg10, avg60, avg300].every((share) => showShare(share) === '0');
      return isZero ? [] : [`${resource} ${kind} ${[avg10, avg60, avg300].map(showShare).join(' ')}`];
    }),
  );
  const pressure = stalls.length > 0 ? `${stalls.join(', ')} (% of the last 10, 60 and 300 s)` : 'none';
  const isKnown = RESOURCES.some((resource) => rest[resource] !== undefined);
  const averages = Array.isArray(load) ? load.map((one) => showScalar('', one)).join(' ') : '';
  const { runnable, total } = toMap(tasks);
  const running =
    runnable === undefined || total === undefined
      ? ''
      : ` (${showScalar('', runnable)} of ${showScalar('', total)} tasks can run)`;
  return [
    ['pressure', isKnown ? pressure : ''],
    ['load', averages && averages + running],
  ];
}

function showShare(share: Value): string {
  return typeof share === 'number' ? String(Math.round(share * 10) / 10) : showScalar('', share);
}

/** `rss 133.5 MiB, peak rss 133.5 MiB; delay: mean 2.1 ms, max 1.6 s`. */
function showTopic(key: string, value: Value): string {
  if (!isMap(value)) return isNothing(value) ? '' : showLeaf(key, value);
  const entries = Object.entries(value).filter(([, one]) => !isNothing(one));
  const leaves = entries
    .filter(([, one]) => !isMap(one))
    .map(([name, one]) => `${spell(name)} ${showLeaf(hasUnit(name) || !hasUnit(key) ? name : key, one, name)}`);
  const maps = entries.filter(([, one]) => isMap(one)).map(([name, one]) => `${spell(name)}: ${showTopic(name, one)}`);
  return [leaves.join(', '), ...maps].filter((part) => part !== '').join('; ');
}

const UNIT = /(Bytes|Ms|Percent|Cores)$/;

function hasUnit(key: string): boolean {
  return UNIT.test(key);
}

/** `peakRssBytes`: `peak rss`. V8's own names stay: `new_space`. */
function spell(key: string): string {
  return key
    .replace(UNIT, '')
    .replace(/([a-z\d])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);
}

/** @param key its ending tells the unit, except of a count */
function showLeaf(key: string, value: Value, name = key): string {
  if (Array.isArray(value)) return value.map((item) => showLeaf(key, item as Value)).join(' ');
  const [unit] = /^(?:samples|count)$/.test(name) ? [] : (UNIT.exec(key) ?? []);
  if (typeof value !== 'number' || unit === undefined) return showScalar('', value);
  if (unit === 'Bytes') return showSize(value);
  if (unit === 'Percent') return `${showScalar('', value)} %`;
  if (unit === 'Cores') return showScalar('', value);
  const tenths = Math.round(value * 10) / 10;
  return tenths >= 1000 ? `${(value / 1000).toFixed(1)} s` : `${tenths} ms`;
}

function showSize(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : showBytes(bytes);
}

/** Zero, or nothing but zeros. */
function isNothing(value: Value): boolean {
  if (isMap(value)) return Object.values(value).every(isNothing);
  return value === 0 || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function toMap(value: Value | undefined): ValueMap {
  return isMap(value) ? value : {};
}
