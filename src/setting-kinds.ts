/** One setting: an option of `setupAutorun`, and the environment variable of the same name. */
export interface Row<T> {
  /** The value if neither the option nor the variable is set. */
  readonly fallback: T;
  /** The valid values, in words. */
  readonly expected: string;
  /** Both return undefined for an invalid value. */
  readonly fromText: (text: string) => T | undefined;
  readonly fromOption: (value: unknown) => T | undefined;
}

/** A setting that can be off: by the option `false`, or the variable `none`. */
export interface OffRow<T> extends Row<T> {
  /** The value that means it. */
  readonly off: T;
}

export function canBeOff<T>(row: Row<T>, off: NoInfer<T>): OffRow<T> {
  return { ...row, off };
}

/** Safe to listen to. The other signals end, stop or crash the process, or Node and V8 use them. */
export const SIGNALS: readonly string[] =
  'SIGUSR1 SIGUSR2 SIGHUP SIGQUIT SIGALRM SIGCONT SIGURG SIGWINCH SIGIO SIGPWR'.split(' ');

function row<T>(
  fallback: T,
  expected: string,
  fromText: (text: string) => T | undefined,
  fromOption: (value: unknown) => T | undefined,
): Row<T> {
  return { fallback, expected, fromText, fromOption };
}

export function flag(fallback: boolean): Row<boolean> {
  return row(fallback, 'true or false', readFlag, (value) => (typeof value === 'boolean' ? value : undefined));
}

export function word<T extends string>(fallback: NoInfer<T>, words: readonly T[]): Row<T> {
  const find = (value: unknown) => words.find((one) => one === value);
  return row<T>(fallback, listWords(words), (text) => find(text.toLowerCase()), find);
}

function listWords(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

export function path(expected: string, off: string | null = null): OffRow<string | null> {
  const fromOption = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return canBeOff(
    row<string | null>(null, expected, (text) => text, fromOption),
    off,
  );
}

export function number(fallback: number, min: number, max: number, unit: string): Row<number> {
  return numberThat(fallback, `${unit} from ${min} to ${max}`, (value) => value >= min && value <= max);
}

/** Zero turns it off, too. */
export function numberOrZero(min: number, max: number, unit: string): OffRow<number> {
  const holds = (value: number) => value === 0 || (value >= min && value <= max);
  return canBeOff(numberThat(0, `${unit} from ${min} to ${max}`, holds), 0);
}

function numberThat(fallback: number, expected: string, holds: (value: number) => boolean): Row<number> {
  const check = (value: number) => (holds(value) ? value : undefined);
  return row(
    fallback,
    expected,
    (text) => check(Number(text)),
    (value) => (typeof value === 'number' ? check(value) : undefined),
  );
}

export function signals(fallback: readonly string[]): OffRow<readonly string[]> {
  const kind = row<readonly string[]>(
    fallback,
    `some of ${SIGNALS.join(',')}`,
    (text) => readSignals(splitList(text)),
    (value) => (isTextList(value) ? (value.length === 0 ? [] : readSignals(value)) : undefined),
  );
  return canBeOff(kind, []);
}

export function names(): Row<readonly string[]> {
  return row<readonly string[]>([], 'names, comma-separated', splitList, (value) =>
    isTextList(value) ? value.filter((name) => name.trim() !== '') : undefined,
  );
}

function readFlag(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (word === 'true' || word === '1') return true;
  if (word === 'false' || word === '0') return false;
  return undefined;
}

function readSignals(names: readonly string[]): readonly string[] | undefined {
  const signals = names
    .map((name) => name.trim().toUpperCase())
    .map((name) => (name.startsWith('SIG') ? name : `SIG${name}`));
  // Not imported: the default needs no check.
  const { constants } = process.getBuiltinModule('node:os');
  const known = (name: string) => SIGNALS.includes(name) && name in constants.signals;
  return signals.length > 0 && signals.every(known) ? [...new Set(signals)] : undefined;
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** For a message: `typeof` has one word for an object, a list and null. */
export function nameKind(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}

export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
