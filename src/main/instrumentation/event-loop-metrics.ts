import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Meter, ObservableGauge } from './providers.js';

type Observe = Parameters<ObservableGauge['addCallback']>[0];

const NS_PER_S = 1e9;
const RESOLUTION_MS = 10;

/** The event loop's utilization and longest delay since they were last read, by the names of the semantic conventions. */
export class EventLoopMetrics {
  readonly #histogram: IntervalHistogram;
  readonly #gauges: readonly (readonly [gauge: ObservableGauge, observe: Observe])[];
  #last = performance.eventLoopUtilization();

  constructor(meter: Meter) {
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
    this.#gauges = [
      [
        meter.createObservableGauge('nodejs.eventloop.utilization', {
          description: 'Event loop utilization.',
          unit: '1',
        }),
        (result) => result.observe(this.#readUtilization()),
      ],
      [
        meter.createObservableGauge('nodejs.eventloop.delay.max', {
          description: 'Event loop maximum delay.',
          unit: 's',
        }),
        (result) => result.observe(this.#readDelay()),
      ],
    ];
    for (const [gauge, observe] of this.#gauges) gauge.addCallback(observe);
  }

  stop(): void {
    for (const [gauge, observe] of this.#gauges) gauge.removeCallback(observe);
    this.#histogram.disable();
  }

  #readUtilization(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    return utilization;
  }

  #readDelay(): number {
    const { max } = this.#histogram;
    this.#histogram.reset();
    return max / NS_PER_S;
  }
}
