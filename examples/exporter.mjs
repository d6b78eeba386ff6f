// An exporter of one's own: reports as lines of JSON in a file, for backends that do not speak OTLP.
// setupAutorun({ exporter: { module: './exporter.mjs', options: { file: 'reports.jsonl' } } });
import { appendFileSync } from 'node:fs';

export default ({ file }) => ({
  logs: {
    export(records, done) {
      const lines = records.map(({ eventName, severityText, body, attributes, resource }) =>
        JSON.stringify({ ...resource.attributes, ...attributes, eventName, severityText, text: body.text }),
      );
      try {
        appendFileSync(file, `${lines.join('\n')}\n`);
        done({ code: 0 });
      } catch (error) {
        // The report waits in the spool, and comes again.
        done({ code: 1, error });
      }
    },
  },
});
