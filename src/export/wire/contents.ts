import type { Value } from '../../report.js';

export type Attributes = { readonly [name: string]: string | number | boolean };

/** Seconds and nanoseconds since the epoch. */
export type Time = [seconds: number, nanoseconds: number];

/** A log record; `body` and `attributes` are plain data. */
export interface LogRecordContent {
  readonly eventName: string;
  readonly timestamp: Time;
  readonly severityNumber: 9 | 13 | 21;
  readonly severityText: 'INFO' | 'WARN' | 'FATAL';
  readonly body: { readonly text: string; readonly data?: Value };
  readonly attributes: Attributes;
  readonly traceId: string;
  readonly spanId: string;
}

/** A span, of kind internal; `attributes` are plain data. */
export interface SpanContent {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTime: Time;
  readonly endTime: Time;
  readonly attributes: Attributes;
  readonly links: readonly SpanLink[];
  /** Links that there were beyond those. */
  readonly linksLeftOut: number;
  /** The reason, if the span is an error. */
  readonly error?: string;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}
