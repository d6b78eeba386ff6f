import { baseName } from './base-name.js';

/** `loadCart cart.mjs:9`: a function and its place, in a line among others. */
export function namePlace({
  function: name,
  file,
  line,
}: {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}): string {
  return `${name} ${baseName(file)}:${line}`;
}

/** `object Pool.waiting`, `nobody`: a thing that would settle a promise, without numbers, so that a fleet is grouped by it. */
export function nameSettler({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`.trim();
}
