import { format } from './node-util.js';
import type { Value } from './report.js';
import type { OffRow, Row } from './setting-kinds.js';
import { TABLE, type Table } from './settings-table.js';

type ValueOf<K extends keyof Table> = Table[K]['fallback'];

/** All settings, parsed and frozen; null: not set. */
export type Settings = { readonly [K in keyof Table]: ValueOf<K> };

/**
 * The settings among the options of `setupAutorun`. Each has an environment variable, which takes precedence over it. `false`
 * turns off all that can be off; in a variable, `none` does.
 */
export type SettingOptions = {
  [K in keyof Table]?: NonNullable<ValueOf<K>> | (Table[K] extends OffRow<unknown> ? false : never);
};

/** Names of all options. */
export const OPTIONS = Object.keys(TABLE) as readonly (keyof Table)[];

/** The value of each option that is not set. */
export const DEFAULTS: { readonly [option: string]: Value } = Object.fromEntries(
  OPTIONS.map((name) => [name, TABLE[name].fallback]),
);

/** Names of all variables, for the help and to find misspelt ones. */
export const VARIABLES: readonly string[] = OPTIONS.map(nameVariable);

/**
 * The settings: a variable of the environment comes first, then the option, then the default.
 *
 * @returns `problems`: a sentence for each variable that is ignored because it is invalid or unknown
 * @throws TypeError if an option is invalid; never for a variable
 */
export function readSettings(
  options: SettingOptions,
  environment: { readonly [name: string]: string | undefined },
): { readonly settings: Settings; readonly problems: readonly string[] } {
  const problems = findMisspelt(environment);
  const values = OPTIONS.map((name) => {
    const value = readOption(name, TABLE[name], options[name]);
    return [name, readVariable(nameVariable(name), TABLE[name], environment, value, problems)];
  });
  return { settings: Object.freeze(Object.fromEntries(values) as Settings), problems };
}

/** `logDir`: `GMR_LOG_DIR`. */
function nameVariable(option: string): string {
  return `GMR_${option.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

function readOption(name: string, row: Row<unknown>, option: unknown): unknown {
  if (option === undefined) return row.fallback;
  if (option === false && isOffRow(row)) return row.off;
  const value = row.fromOption(option);
  if (value === undefined) throw new TypeError(`${name}: expected ${expectOption(row)}, got ${format('%o', option)}`);
  return value;
}

function readVariable(
  variable: string,
  row: Row<unknown>,
  environment: { readonly [name: string]: string | undefined },
  otherwise: unknown,
  problems: string[],
): unknown {
  const text = environment[variable]?.trim() ?? '';
  if (text === '') return otherwise;
  if (text.toLowerCase() === 'none' && isOffRow(row)) return row.off;
  const value = row.fromText(text);
  if (value !== undefined) return value;
  problems.push(`ignoring ${variable}=${text}: expected ${expectVariable(row)}; using ${showValue(otherwise)}`);
  return otherwise;
}

function expectOption(row: Row<unknown>): string {
  return isOffRow(row) ? `false, or ${row.expected}` : row.expected;
}

function expectVariable(row: Row<unknown>): string {
  return isOffRow(row) ? `none, or ${row.expected}` : row.expected;
}

function isOffRow(row: Row<unknown>): row is OffRow<unknown> {
  return 'off' in row;
}

function showValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',');
  return String(value ?? 'none');
}

function findMisspelt(environment: { readonly [name: string]: string | undefined }): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('GMR_') && !VARIABLES.includes(name))
    .map((name) => `ignoring ${name}: this version has no such setting; it has ${VARIABLES.join(', ')}`);
}
