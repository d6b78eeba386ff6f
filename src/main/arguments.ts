import { nameKind } from '../setting-kinds.js';

/* Checks of what the program passes: each throws a TypeError that names the argument. */

export function requireObject(name: string, value: unknown): void {
  if (nameKind(value) !== 'object') throw new TypeError(`${name}: expected an object, got ${nameKind(value)}`);
}

export function requireText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '')
    throw new TypeError(`${name}: expected a non-empty string, got ${typeof value}`);
}

export function requireFlag(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`${name}: expected true or false, got ${typeof value}`);
}

export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${name}: expected a function, got ${typeof value}`);
}
