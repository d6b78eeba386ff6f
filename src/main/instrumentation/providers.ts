/*
 * The parts of OpenTelemetry's API that an instrumentation is given, so that neither its code nor its types depend on a
 * version of it.
 */

type Attributes = { [name: string]: string | number | boolean };

export interface Counter {
  add(value: number, attributes?: Attributes): void;
}

export interface ObservableGauge {
  addCallback(callback: (result: { observe(value: number, attributes?: Attributes): void }) => void): void;
  removeCallback(callback: (result: { observe(value: number, attributes?: Attributes): void }) => void): void;
}

interface MetricOptions {
  description?: string;
  unit?: string;
}

export interface Meter {
  createCounter(name: string, options?: MetricOptions): Counter;
  createObservableGauge(name: string, options?: MetricOptions): ObservableGauge;
}

export interface MeterProvider {
  getMeter(name: string, version?: string): Meter;
}

export interface LoggerProvider {
  // biome-ignore lint/suspicious/noExplicitAny: the log record's type is that of the API's version
  getLogger(name: string, version?: string): { emit(record: any): void };
}
