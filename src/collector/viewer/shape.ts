import { isObject } from '../otlp.js';

/** A section's data. Anybody may have sent it: each value is checked where it is used. */
export type Data = { readonly [key: string]: unknown };

export function mapOf(value: unknown): Data {
  return isObject(value) ? value : {};
}

export function listOf(value: unknown): readonly Data[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
