/** The goal for a figure: a bound that it is not to pass. */
export type Goal =
  | { readonly figure: string; readonly value: number; readonly atMost: number }
  | { readonly figure: string; readonly value: number; readonly atLeast: number };

let missed = 0;

/** Prints one line for a measurement, and one for each figure that has a goal, marked where it misses that. */
export function show(measurement: string, result: string, goals: readonly Goal[] = []): void {
  console.log(`${measurement}: ${result}`);
  for (const goal of goals) {
    const isMet = 'atMost' in goal ? goal.value <= goal.atMost : goal.value >= goal.atLeast;
    if (!isMet) missed += 1;
    const bound = 'atMost' in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
    console.log(`  ${isMet ? 'met   ' : 'MISSED'}  ${goal.figure} ${goal.value.toFixed(3)}, goal ${bound}`);
  }
}

/** How many goals were missed so far. */
export function countMissed(): number {
  return missed;
}

/** Median and 90th percentile of times in milliseconds. */
export function tellTimes(times: readonly number[]): string {
  return `median ${median(times).toFixed(2)} ms, p90 ${quantile(times, 0.9).toFixed(2)} ms`;
}

/** Median and quartiles of ratios. */
export function tellSpread(values: readonly number[]): string {
  const [low, high] = [quantile(values, 0.25), quantile(values, 0.75)];
  return `median ${median(values).toFixed(3)}, half of them from ${low.toFixed(3)} to ${high.toFixed(3)}`;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
