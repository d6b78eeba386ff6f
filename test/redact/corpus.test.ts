import { JsonLogsSerializer, JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { describe, expect, test } from 'vitest';
import { toLogItems, toSpanItems } from '../../src/export/http/opentelemetry.js';
import { toLogRecords } from '../../src/export/wire/logs.js';
import { toSpans } from '../../src/export/wire/trace.js';
import { createRedactor } from '../../src/redact/redactor.js';
import type { Report } from '../../src/report.js';
import { renderJson } from '../../src/views/json.js';
import { renderHeader, renderSection, renderText } from '../../src/views/text.js';
import { CORPUS } from './corpus.js';
import { reportOf } from './fragments.js';

const redactor = createRedactor({ secretNames: [], declared: {} });
const ORIGIN = { resource: { 'service.name': 'checkout' }, version: '0.0.0' };

/** Every way a report leaves the process. */
const RENDERERS: readonly (readonly [name: string, render: (report: Report) => string])[] = [
  ['text', renderText],
  ['JSON', (report) => renderJson(report) + JSON.stringify(report)],
  ['OTLP', renderOtlp],
];

function renderOtlp(report: Report): string {
  const logs = toLogItems(ORIGIN, toLogRecords(report, { renderHeader, renderSection }));
  const traces = toSpanItems(ORIGIN, toSpans(report));
  return [JsonLogsSerializer.serializeRequest(logs), JsonTraceSerializer.serializeRequest(traces)]
    .map((bytes) => Buffer.from(bytes ?? []).toString())
    .join();
}

/** Its forms: as it is, and as JSON writes it. */
const forms = (secret: string): string[] => [secret, JSON.stringify(secret).slice(1, -1)];

describe('the corpus', () => {
  test.each(CORPUS)('$topic: no secret is left, look-alikes stay to the letter', ({ topic, secrets, lookAlikes }) => {
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
      `redaction, ${topic}: ${secrets.length} secrets, ${leaks.length} leaked; ${lookAlikes.length} look-alikes, ${masked.length} masked`,
    );
    expect({ leaks, masked }).toEqual({ leaks: [], masked: [] });
  });

  test('is large enough to mean something', () => {
    for (const { secrets, lookAlikes } of CORPUS) {
      expect(secrets.length).toBeGreaterThanOrEqual(40);
      expect(lookAlikes.length).toBeGreaterThanOrEqual(35);
    }
  });

  test('is found in every rendering of a report that is not redacted', () => {
    for (const { where, section, secret } of CORPUS.flatMap(({ secrets }) => secrets.slice(0, 20))) {
      if (/["\\\n]/.test(secret)) continue;
      for (const [name, render] of RENDERERS)
        expect([name, where, render(reportOf([section]))]).toContainEqual(expect.stringContaining(secret));
    }
  });
});
