import { isMap, type Value, type ValueMap } from '../../report.js';

/** OTLP's JSON of a value, as the SDK's own serializer writes it. */
export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}
export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** A map as OTLP's JSON has it. */
export function encodeMap(map: ValueMap): KeyValue[] {
  return Object.entries(map)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, value: encodeValue(value) }));
}

export function encodeValue(value: Value): AnyValue {
  if (value === null || value === undefined) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
  return isMap(value)
    ? { kvlistValue: { values: encodeMap(value) } }
    : { arrayValue: { values: value.map(encodeValue) } };
}

export function decodeMap(list: readonly KeyValue[]): { [key: string]: Value } {
  return Object.fromEntries(list.map(({ key, value }) => [key, decodeValue(value)]));
}

export function decodeValue(value: AnyValue): Value {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(decodeValue);
  if (value.kvlistValue !== undefined) return decodeMap(value.kvlistValue.values ?? []);
  return null;
}

/** Seconds and nanoseconds as nanoseconds. */
export function encodeTime([seconds, nanoseconds]: readonly [number, number]): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
}

export function decodeTime(text: string): [number, number] {
  const time = BigInt(text);
  return [Number(time / 1_000_000_000n), Number(time % 1_000_000_000n)];
}

/** @throws Error if it is not an id */
export function readId(id: unknown, digits: 16 | 32): string {
  if (typeof id !== 'string' || id.length !== digits || !/^[0-9a-f]+$/.test(id))
    throw new Error('an id is missing or invalid');
  return id;
}
