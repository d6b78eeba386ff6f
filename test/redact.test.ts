import { JsonLogsSerializer, JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { describe, expect, test } from 'vitest';
import { createLogBuilder } from '../src/export/log-batch.js';
import { toLogRecords } from '../src/export/logs.js';
import type { ReadableLogRecord, ReadableSpan } from '../src/export/opentelemetry.js';
import { createSpanBuilder } from '../src/export/span-batch.js';
import { toSpans } from '../src/export/trace.js';
import { createRedactor } from '../src/redact.js';
import type { Report } from '../src/report.js';
import { renderJson } from '../src/views/json.js';
import { renderHeader, renderSection, renderText } from '../src/views/text.js';
import { reportOf } from './redact/fragments.js';
import { MORE_LOOK_ALIKES, MORE_SECRETS } from './redact/held-out.js';
import { LOOK_ALIKES } from './redact/look-alikes.js';
import { SECOND_LOOK_ALIKES } from './redact/second-look-alikes.js';
import { SECOND_SECRETS } from './redact/second-secrets.js';
import { SECRETS } from './redact/secrets.js';
import { THIRD_LOOK_ALIKES, THIRD_SECRETS } from './redact/third-batch.js';

const redactor = createRedactor({ secretNames: [], declared: {} });
const buildLogs = await createLogBuilder({ 'service.name': 'checkout' }, '0.0.0');
const buildSpans = await createSpanBuilder({ 'service.name': 'checkout' }, '0.0.0');

/** Every way a report leaves the process. */
const RENDERERS: readonly (readonly [name: string, render: (report: Report) => string])[] = [
  ['text', renderText],
  ['JSON', (report) => renderJson(report) + JSON.stringify(report)],
  ['OTLP', renderOtlp],
];

function renderOtlp(report: Report): string {
  const logs = buildLogs(toLogRecords(report, { renderHeader, renderSection }));
  const traces = buildSpans(toSpans(report));
  return [
    ...logs.map(({ items }) => JsonLogsSerializer.serializeRequest(items as ReadableLogRecord[])),
    ...traces.map(({ items }) => JsonTraceSerializer.serializeRequest(items as ReadableSpan[])),
  ]
    .map((bytes) => Buffer.from(bytes ?? []).toString())
    .join();
}

/** As it looks in JSON as well. */
const forms = (secret: string): string[] => [secret, JSON.stringify(secret).slice(1, -1)];

describe('the corpus', () => {
  test.each([
    ['corpus', SECRETS, LOOK_ALIKES],
    ['held-out batch', MORE_SECRETS, MORE_LOOK_ALIKES],
    ['second held-out batch', SECOND_SECRETS, SECOND_LOOK_ALIKES],
    ['third held-out batch', THIRD_SECRETS, THIRD_LOOK_ALIKES],
  ] as const)('%s: no secret is left, look-alikes stay to the letter', (batch, secrets, lookAlikes) => {
    const leaks = secrets.flatMap(({ where, section, secret }) =>
      RENDERERS.flatMap(([name, render]) => {
        const shown = render(redactor.report(reportOf([section])));
        const leaked =
          forms(secret).some((form) => shown.includes(form)) || (name === 'JSON' && !shown.includes('***'));
        return leaked ? [`${name}: ${where}: ${JSON.stringify(section.text ?? section.error ?? section.data)}`] : [];
      }),
    );
    const masked = lookAlikes.flatMap(({ where, section }) => {
      const kept = redactor.report(reportOf([section])).sections[0];
      return JSON.stringify(kept) === JSON.stringify(section)
        ? []
        : [`${where}: ${JSON.stringify(kept?.text ?? kept?.error ?? kept?.data)}`];
    });
    console.log(
      `redaction, ${batch}: ${secrets.length} secrets, ${leaks.length} leaked; ${lookAlikes.length} look-alikes, ${masked.length} masked`,
    );
    expect({ leaks, masked }).toEqual({ leaks: [], masked: [] });
  });

  test('is large enough to mean something', () => {
    expect(SECRETS.length).toBeGreaterThanOrEqual(200);
    expect(LOOK_ALIKES.length).toBeGreaterThanOrEqual(200);
  });

  test('is found in every rendering where it is not redacted', () => {
    for (const { where, section, secret } of SECRETS.filter(({ secret }) => !/["\\\n]/.test(secret)).slice(0, 60)) {
      for (const [name, render] of RENDERERS)
        expect([name, where, render(reportOf([section]))]).toContainEqual(expect.stringContaining(secret));
    }
  });
});
