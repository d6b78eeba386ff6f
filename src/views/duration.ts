/** `3 d 4 h 5 min 6 s`, from the first unit that counts; parts of a second below ten. */
export function showDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
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

/** `850 ms`, `1.7 s`: of work that is in flight. */
export function showAge(ageMs: number): string {
  return ageMs < 1000 ? `${ageMs} ms` : `${(ageMs / 1000).toFixed(1)} s`;
}
