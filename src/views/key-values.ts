import { isMap, type Value, type ValueMap } from '../report.js';
import { escapeControls } from './escape.js';

const STEP = '  ';

/**
 * oslo.reports' KeyValueView: `key = value`, and `key: ` above the entries of a map, with two spaces for each level. A text
 * of several lines stands below its key, indented: no value can start a line of its own.
 */
export function renderKeyValues(map: ValueMap, indent = ''): string {
  return Object.entries(map)
    .map(([key, value]) => renderEntry(escapeControls(key), value, indent))
    .join('');
}

/** A value without a key: a section that returned one. */
export function renderValue(value: Value, indent = ''): string {
  if (Array.isArray(value)) return value.length === 0 ? `${indent}(nothing)\n` : renderItems(value, indent);
  if (isMap(value)) return Object.keys(value).length === 0 ? `${indent}(nothing)\n` : renderKeyValues(value, indent);
  return `${indentLines(showScalar('', value), indent)}\n`;
}

/** `1234567 (1.2 MiB)`, `1.235`, or the value as it is: the key's ending tells the unit. */
export function showScalar(key: string, value: Value): string {
  if (typeof value === 'number') {
    if (/bytes$/i.test(key) && value >= 1024) return `${value} (${showBytes(value)})`;
    return String(Number.isInteger(value) ? value : Math.round(value * 1000) / 1000);
  }
  if (typeof value === 'string') return escapeControls(value, { keepLines: true });
  return String(value);
}

function renderEntry(key: string, value: Value, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return `${indent}${key} = []\n`;
    if (value.every(isShort)) return `${indent}${key} = ${value.map((item) => showScalar(key, item)).join(', ')}\n`;
    return `${indent}${key}: \n${renderItems(value, indent + STEP)}`;
  }
  if (isMap(value)) {
    if (Object.keys(value).length === 0) return `${indent}${key} = {}\n`;
    return `${indent}${key}: \n${renderKeyValues(value, indent + STEP)}`;
  }
  const text = showScalar(key, value);
  if (!text.includes('\n')) return `${indent}${key} = ${text}\n`;
  return `${indent}${key} =\n${indentLines(text, indent + STEP)}\n`;
}

function renderItems(items: readonly Value[], indent: string): string {
  return items
    .map((item) => {
      const text = renderValue(item, indent + STEP);
      return `${indent}- ${text.slice(indent.length + STEP.length)}`;
    })
    .join('');
}

function isShort(value: Value): boolean {
  const isScalar = value === null || typeof value !== 'object';
  return isScalar && String(value).length <= 40 && !/[\n,]/.test(String(value));
}

function indentLines(text: string, indent: string): string {
  return text
    .split('\n')
    .map((line) => indent + line)
    .join('\n');
}

export function showBytes(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let size = bytes / 1024;
  let unit = 0;
  for (; Number(size.toFixed(1)) >= 1024 && unit < units.length - 1; unit += 1) size /= 1024;
  return `${size.toFixed(1)} ${units[unit]}`;
}
