/** A part of a path that names one thing of many: a number, a UUID, a hash, a code with digits. */
const ID = /^(?:\d+|(?=.*\d)[0-9a-f-]{8,}|(?=(?:.*\d){3})[\w.~-]{6,}|[\w.~%-]{25,})$/i;

/** The path with `*` for each part that is an id: `/cart/77/lines` is `/cart/*\/lines`. */
export function nameRoute(path: string): string {
  return path
    .split('/')
    .map((part) => (ID.test(part) ? '*' : part))
    .join('/');
}
