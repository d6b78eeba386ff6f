/** `3 d 4 h 5 min 6 s`, from the first unit that counts; parts of a second below ten. */
export function showDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  const tenths = seconds.toFixed(1);
  if (Number(tenths) < 10) return `${tenths} s`;
  const whole = Math.floor(Math.max(10, seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  return parts
    .slice(parts.findIndex(([count]) => count > 0))
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** A timer is late by some milliseconds in an idle process, too. */
const CLOCK_ERROR_MS = 50;

/** `due in 4.2 s`, `due now`, `due 80 ms ago`: of a timer. `show` writes a time. */
export function showDue(ms: number, show: (ms: number) => string): string {
  if (Math.abs(ms) < CLOCK_ERROR_MS) return 'due now';
  return ms < 0 ? `due ${show(-ms)} ago` : `due in ${show(ms)}`;
}

/** Beyond that, a person does not read seconds: `5400.0 s`. */
const LONGEST_IN_SECONDS_MS = 100_000;

/** `850 ms`, `1.7 s`, `1 h 30 min 0 s`: of work that is in flight. */
export function showAge(ageMs: number): string {
  if (ageMs < 1000) return `${ageMs} ms`;
  return ageMs < LONGEST_IN_SECONDS_MS ? `${(ageMs / 1000).toFixed(1)} s` : showDuration(ageMs);
}

/** `20 ms`, `1.5 s`, `60 s`, `1 h 0 min 0 s`: of a timer, most of which are set to whole seconds. */
export function showTimer(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < LONGEST_IN_SECONDS_MS ? `${Math.round(ms / 100) / 10} s` : showDuration(ms);
}
