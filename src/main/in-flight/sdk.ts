/** The shapes of OpenTelemetry's API and SDK, 1.x to 3.x, as far as they matter here. None of its packages is loaded. */

/** The key under which every copy of `@opentelemetry/api` 1.x finds the registered providers. */
export const API = Symbol.for('opentelemetry.js.api.1');

/** The key of the span in a context: the same in every copy of the API. */
export const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

/** A span of the SDK, 1.x to 3.x. */
export interface SdkSpan {
  spanContext(): unknown;
  isRecording?(): boolean;
  setAttribute?(name: string, value: string | string[]): unknown;
  readonly name?: unknown;
  readonly kind?: unknown;
  /** Seconds and nanoseconds. */
  readonly startTime?: unknown;
  readonly ended?: unknown;
  readonly attributes?: unknown;
  readonly parentSpanContext?: unknown;
  /** 1.x */
  readonly parentSpanId?: unknown;
  readonly resource?: unknown;
}

export interface SdkResource {
  /** 2.x on. The first entry of a name counts. A value that is a promise has not settled. */
  getRawAttributes?(): readonly (readonly [name: string, value: unknown])[];
  readonly asyncAttributesPending?: boolean;
  readonly attributes?: { readonly [name: string]: unknown };
  /** 1.x, while others are pending */
  readonly _syncAttributes?: { readonly [name: string]: unknown };
}

/** The shape of a SpanProcessor in every line of the SDK. */
export interface TrackingProcessor {
  onStart(span: unknown): void;
  onEnd(span: unknown): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The parts of a provider of the 1.x, 2.x and 3.x SDKs that matter here. */
export interface Provider {
  readonly _activeSpanProcessor?: ActiveProcessor;
  /** 1.x */
  activeSpanProcessor?: ActiveProcessor;
  addSpanProcessor?(processor: unknown): void;
  readonly _resource?: unknown;
  readonly resource?: unknown;
  getDelegate?(): Provider;
}

/** The processor that a provider gives its spans to: it hands them on to the provider's list. */
export interface ActiveProcessor {
  _spanProcessors?: unknown;
  onStart(span: unknown, context: unknown): void;
  onEnd(span: unknown): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The provider of the API, which hands on to the one that is registered. */
export interface ProxyProvider {
  _delegate?: Provider;
  setDelegate?(delegate: Provider): void;
}
