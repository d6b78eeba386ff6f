// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of configuration files look so.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readDeclared } from '../../src/export/config-file/declared.js';
import { parseConfigFile } from '../../src/export/config-file/parse.js';
import { readConfigFile } from '../../src/export/config-file/read.js';
import { readTarget } from '../../src/export/target.js';

const directory = mkdtempSync(join(tmpdir(), 'config-file-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const keep = (text: string) => text;

/** As OpenTelemetry's own example has it, with a few values that are not the defaults. */
const FILE = `
file_format: "1.0"
disabled: false
resource:
  attributes:
    - name: service.name
      value: \${SERVICE:-shop}
    - { name: shelf, value: 7 }
    - { name: tags, value: [a, b], type: string_array }
  attributes_list: "region=eu%2Cwest,shelf=9"
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_grpc:
            endpoint: http://traces:4317
            tls: { insecure: true }
meter_provider:
  readers:
    - periodic: { exporter: { otlp_http: { endpoint: "http://metrics/v1/metrics" } } }
logger_provider:
  processors:
    - simple: { exporter: { console: } }
    - batch:
        exporter:
          otlp_http:
            endpoint: \${COLLECTOR:-http://localhost:4318}/v1/logs
            tls: { ca_file: /ca.pem, key_file: , cert_file: }
            headers:
              - { name: authorization, value: "\${TOKEN}" }
              - { name: dropped, value: }
            headers_list: "authorization=lower,x-tenant=shop"
            compression: gzip
            timeout: 2500
            encoding: json
`;

describe('a reference to a variable in a configuration file', () => {
  const variables = {
    STRING_VALUE: 'value',
    BOOL_VALUE: 'true',
    INT_VALUE: '1',
    FLOAT_VALUE: '1.1',
    HEX_VALUE: '0xdeadbeef',
    INVALID_MAP_VALUE: 'value\nkey:value',
    REPLACE_ME: '${DO_NOT_REPLACE_ME}',
    DO_NOT_REPLACE_ME: 'Never use this value',
    VALUE_WITH_ESCAPE: 'value$$',
    EMPTY: '',
  };

  /** The table of the specification's data model. */
  it.each([
    ['${STRING_VALUE}', 'value'],
    ['${BOOL_VALUE}', true],
    ['${INT_VALUE}', 1],
    ['${FLOAT_VALUE}', 1.1],
    ['${HEX_VALUE}', 0xdeadbeef],
    ['"${STRING_VALUE}"', 'value'],
    ['"${BOOL_VALUE}"', 'true'],
    ['"${INT_VALUE}"', '1'],
    ['${env:STRING_VALUE}', 'value'],
    ['${INVALID_MAP_VALUE}', 'value\nkey:value'],
    ['foo ${STRING_VALUE} ${FLOAT_VALUE}', 'foo value 1.1'],
    ['${UNDEFINED_KEY}', null],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${UNDEFINED_KEY:-fallback}', 'fallback'],
    ['${REPLACE_ME}', '${DO_NOT_REPLACE_ME}'],
    ['${UNDEFINED_KEY:-${STRING_VALUE}}', '${STRING_VALUE}'],
    ['$${STRING_VALUE}', '${STRING_VALUE}'],
    ['$$${STRING_VALUE}', '$value'],
    ['$$$${STRING_VALUE}', '$${STRING_VALUE}'],
    ['$${STRING_VALUE:-fallback}', '${STRING_VALUE:-fallback}'],
    ['$${STRING_VALUE:-${STRING_VALUE}}', '${STRING_VALUE:-value}'],
    ['${UNDEFINED_KEY:-$${UNDEFINED_KEY}}', '${UNDEFINED_KEY:-${UNDEFINED_KEY}}'],
    ['${VALUE_WITH_ESCAPE}', 'value$$'],
    ['a $$ b', 'a $ b'],
    ['a $ b', 'a $ b'],
  ])('%s is %j', (text, value) => {
    expect(parseConfigFile(`key: ${text}`, variables)).toEqual({ key: value });
  });

  it('is left alone in a key, and refused if it is invalid', () => {
    expect(parseConfigFile('${STRING_VALUE}: value', variables)).toEqual({ '${STRING_VALUE}': 'value' });
    expect(() => parseConfigFile('key: ${STRING_VALUE:?error}', variables)).toThrow(/is not a reference to a variable/);
  });
});

describe('a configuration file', () => {
  const declared = readDeclared(parseConfigFile(FILE, { TOKEN: 'Bearer abc', COLLECTOR: 'http://collector' }));

  it('gives the OTLP exporter of each signal, and the resource', () => {
    expect(declared.logs).toEqual({
      endpoint: 'http://collector/v1/logs',
      protocol: 'http/json',
      compression: 'gzip',
      timeoutMs: '2500',
      certificate: '/ca.pem',
      headers: { authorization: 'Bearer abc', 'x-tenant': 'shop' },
    });
    expect(declared.traces).toEqual({
      endpoint: 'http://traces:4317',
      protocol: 'grpc',
      insecure: 'true',
      headers: {},
    });
    expect(declared.attributes).toEqual({ 'service.name': 'shop', shelf: 7, tags: ['a', 'b'], region: 'eu,west' });
    expect(declared.isDisabled).toBe(false);
  });

  it('comes behind the variables and before the options', () => {
    const options = { endpoint: 'http://option', timeoutMs: '5' };
    const read = (environment: Record<string, string>, file = declared) =>
      readTarget('logs', { environment, file, options }, keep);
    expect(read({})).toMatchObject({ url: 'http://collector/v1/logs', timeoutMs: 2500, gzip: true, problems: [] });
    expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://variable', OTEL_EXPORTER_OTLP_TIMEOUT: '70' })).toMatchObject({
      url: 'http://variable/v1/logs',
      timeoutMs: 70,
      gzip: true,
    });
  });

  it('turns off a signal for which it has no OTLP exporter, and both signals if it says `disabled`', () => {
    const read = (file: string, environment = {}) =>
      readTarget('logs', { environment, file: readDeclared(parseConfigFile(file, {})) }, keep);
    const empty = 'file_format: "1.0"';
    expect(read(empty)).toMatchObject({ kind: 'off', reason: 'OTEL_CONFIG_FILE has no OTLP exporter of logs' });
    expect(read(empty, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://variable' })).toMatchObject({ kind: 'on' });
    const disabled = `${empty}\ndisabled: true`;
    expect(read(disabled)).toMatchObject({ kind: 'off', reason: 'OTEL_CONFIG_FILE has disabled: true' });
    expect(read(disabled, { OTEL_SDK_DISABLED: 'false', OTEL_LOGS_EXPORTER: 'otlp' })).toMatchObject({ kind: 'on' });
  });

  it.each([
    ['is not there', undefined, /it is not a file of at most 256 KiB that can be read$/],
    ['is too large', `# ${'x'.repeat(300_000)}`, /it is not a file of at most 256 KiB/],
    ['is not YAML', 'a: [', /at character \d+\)$/],
    ['is of another version', 'file_format: "0.3"', /file_format is 0\.3: expected 1\.x$/],
    ['is empty', '', /file_format is missing: expected 1\.x$/],
    [
      'has an invalid reference',
      'file_format: ${1}',
      /\$\{1\} is not a reference to a variable: expected \$\{NAME:-default\}$/,
    ],
    [
      'has an invalid header',
      FILE.replace('x-tenant=shop', 'x tenant=hunter2'),
      /the headers of its exporter of logs cannot be sent over HTTP$/,
    ],
    ['expands without end', `a: &a [x, x]\nb: &b [*a, *a]\nc: &c [${'*b, '.repeat(200)}]`, /alias/],
  ])('that %s is ignored, with the reason', (name, text, reason) => {
    const path = join(directory, `${name}.yaml`);
    if (text !== undefined) writeFileSync(path, text);
    const { declared: none, problem } = readConfigFile({ OTEL_CONFIG_FILE: path }, '/', () => parseConfigFile);
    expect(none).toBeUndefined();
    expect(problem).toMatch(/^ignoring OTEL_CONFIG_FILE=/);
    expect(problem).toMatch(reason);
    expect(problem).not.toContain('hunter2');
  });
});
