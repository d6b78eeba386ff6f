import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildFleet } from '../../deploy/grafana/dashboards/fleet.js';
import { buildReports } from '../../deploy/grafana/dashboards/reports.js';

const dashboards = fileURLToPath(new URL('../../deploy/grafana/dashboards/', import.meta.url));

describe('the dashboards that Grafana loads', () => {
  // `npm run dashboards` writes them anew.
  it.each([
    ['reports', buildReports()],
    ['fleet', buildFleet()],
  ])('%s.json is what its code builds', async (name, dashboard) => {
    await expect(`${JSON.stringify(dashboard, undefined, 2)}\n`).toMatchFileSnapshot(`${dashboards}${name}.json`);
  });

  it.each([buildReports(), buildFleet()])('%# renders no text as HTML, and names no other data source', (dashboard) => {
    const text = JSON.stringify(dashboard);
    expect(text).not.toMatch(
      /"type":"(text|html|markdown)"|markdown|disableSanitizeHtml|"cellOptions":\{"type":"(image|json-view|html)/,
    );
    const sources = [...text.matchAll(/"uid":"(\w+)"/g)].map(([, uid]) => uid);
    expect([...new Set(sources)].sort().join()).toMatch(/^(jaeger,)?loki$/);
  });
});
