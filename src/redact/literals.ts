const squash = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '');

/** Nothing but parts that are put in, and signs between them: `${user}:${password}`. */
const TEMPLATE = /^(?:\$\{[^{}]{0,100}\}|[^A-Za-z0-9$]){1,40}$/;
/** Cut at a quote within the part that is put in: `Basic ${Buffer.from(` */
const CUT_TEMPLATE = /^\s*(?:[A-Za-z]{1,20}\s{1,4})?\$\{[^}]*$/;

/**
 * A literal of code that is no secret, though its name speaks of one: a template without a word of its own, and the value of a
 * constant that is named after it: `ATTR_SESSION_ID = 'session.id'`.
 */
export function isHarmlessLiteral(name: string, value: string): boolean {
  if (value.length > 200) return false;
  if (value.includes('${')) return TEMPLATE.test(value) || CUT_TEMPLATE.test(value);
  return /^[A-Za-z_.$-]{4,100}$/.test(value) && squash(name).endsWith(squash(value));
}
