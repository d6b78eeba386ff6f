/** How a column's values look: their unit, their colour, their bar. */
interface Property {
  readonly id: string;
  readonly value: unknown;
}

const STATE_COLOURS = {
  idle: 'green',
  'running JavaScript': 'orange',
  'waiting in Atomics.wait': 'red',
  'paused by a debugger': 'purple',
  'in native code': 'red',
  'collecting garbage': 'red',
  'waits for its child': 'red',
  'waiting for a CPU': 'yellow',
  'did not answer': 'dark-red',
};

/** Values of `gmr.main.state`. */
export const STATES: readonly string[] = Object.keys(STATE_COLOURS);

const TRIGGER_COLOURS = { signal: 'blue', file: 'blue', api: 'blue', stall: 'orange', crash: 'red' };

/** Values of `gmr.report.trigger`. */
export const TRIGGERS: readonly string[] = Object.keys(TRIGGER_COLOURS);

/** From where on a number is worth a look, and from where on it is bad. */
const LIMITS: { readonly [field: string]: readonly [look: number, bad: number] } = {
  delay_ms: [100, 1000],
  loop_percent: [70, 95],
  heap_percent: [75, 90],
  cpu_percent: [80, 95],
  descriptors_percent: [60, 85],
  gmr_main_for_ms: [500, 2000],
  gmr_in_flight_oldest_ms: [1000, 5000],
};

/** What a table's column of this field looks like; empty: as plain text. */
export function looksOf(field: string): Property[] {
  if (field === 'gmr_main_state') return inColours(STATE_COLOURS);
  if (field === 'gmr_report_trigger') return inColours(TRIGGER_COLOURS);
  const unit = unitOf(field);
  const limits = LIMITS[field];
  return [
    ...(unit ? [{ id: 'unit', value: unit }] : []),
    ...(limits ? [{ id: 'thresholds', value: thresholdsAt(limits) }, coloured] : []),
    ...(field === 'gmr_verdict' ? [{ id: 'custom.width', value: 520 }] : []),
  ];
}

/** A bar behind the number, as long as it is of the largest. */
export const BAR: Property = { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic' } };

export function unitOf(field: string): string | undefined {
  if (field.endsWith('_ms')) return 'ms';
  if (field.endsWith('_percent')) return 'percent';
  if (field.endsWith('_bytes')) return 'bytes';
  return /^(descriptors|gmr_in_flight_(requests|spans)|gmr_heap_objects)$/.test(field) ? 'none' : undefined;
}

/** Of a graph or a table: green, then orange, then red. */
export function thresholdsAt([look, bad]: readonly [number, number]) {
  const steps = [
    { value: null, color: 'green' },
    { value: look, color: 'orange' },
    { value: bad, color: 'red' },
  ];
  return { mode: 'absolute' as const, steps };
}

const coloured: Property = { id: 'custom.cellOptions', value: { type: 'color-text' } };

function inColours(colours: { readonly [value: string]: string }): Property[] {
  const options = Object.fromEntries(
    Object.entries(colours).map(([value, color], index) => [value, { color, index, text: value }]),
  );
  return [{ id: 'mappings', value: [{ type: 'value', options }] }, coloured];
}
