import type { SignalKind } from './channel.js';
import { createLogBuilder } from './log-batch.js';
import type { LogRecordContent } from './logs.js';
import { LOG_LINES } from './otlp-logs.js';
import { SPAN_LINES } from './otlp-spans.js';
import { createSpanBuilder } from './span-batch.js';
import type { SpanContent } from './trace.js';

export const LOGS: SignalKind<LogRecordContent> = {
  signal: 'logs',
  noun: 'record',
  lines: LOG_LINES,
  createBuilder: createLogBuilder,
};

export const TRACES: SignalKind<SpanContent> = {
  signal: 'traces',
  noun: 'span',
  lines: SPAN_LINES,
  createBuilder: createSpanBuilder,
};
