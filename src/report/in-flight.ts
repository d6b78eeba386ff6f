import type { CalledFunction } from './frame.js';
import type { ValueMap } from './value.js';

/** A span of the application, or of one of its callers, by its ids: 32 and 16 lower-case hex digits. */
export type SpanReference = {
  readonly traceId: string;
  readonly spanId: string;
};

/** The span that code runs in, recording or not. */
export type ActiveSpan = SpanReference & {
  /** Of a recording span. */
  readonly name?: string;
};

/** A request that this process serves or has made, and that has not ended. */
export type InFlightRequest = {
  readonly direction: 'served' | 'made';
  readonly protocol: 'http' | 'http2' | 'fetch' | 'undici';
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** The client of a served request, the server of a made one: an address, or a host and port. */
  readonly peer?: string;
  /**
   * `being received`, `being handled`, `being answered`; `waiting for a connection`, `connecting`,
   * `being sent`, `waiting for an answer`, `reading the answer`, …
   */
  readonly state: string;
  readonly ageMs: number;
  /** The span of its `traceparent`; without one, the span that the application made for it. */
  readonly trace?: SpanReference;
  /** Main's code runs in it. */
  readonly active: boolean;
  /** Of a served one: the innermost function of the application at whose `await` it is, if that is known. */
  readonly waitsAt?: CalledFunction;
};

/** A recording span that has started and not ended. */
export type InFlightSpan = SpanReference & {
  readonly parentSpanId?: string;
  readonly name: string;
  /** `internal`, `server`, `client`, `producer`, `consumer`. */
  readonly kind: string;
  readonly ageMs: number;
  readonly attributes: ValueMap;
  /** Main's code runs in it. */
  readonly active: boolean;
};

export type InFlightData = {
  /** False if the main thread did not answer; the other fields are empty then. */
  readonly known: boolean;
  /** Oldest first; `requestCount` is how many there are, which may be more. */
  readonly requests: readonly InFlightRequest[];
  readonly requestCount: number;
  /** Oldest first; `spanCount` is how many there are, which may be more. */
  readonly spans: readonly InFlightSpan[];
  readonly spanCount: number;
  /** The span that main's code runs in, recording or not. */
  readonly active?: ActiveSpan;
  /** A sentence on data that the section does not show, with the reason. */
  readonly note?: string;
};
