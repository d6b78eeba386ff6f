import type { ExporterSettings } from './exporter-option.js';
import { format } from './node-util.js';
import { nameKind } from './setting-kinds.js';

/** Names and values of HTTP headers. */
export type OtlpHeaders = { readonly [name: string]: string };

/**
 * Where reports are sent, for programs that configure OpenTelemetry in code. A variable `OTEL_EXPORTER_OTLP_*` takes
 * precedence over the option beside it.
 */
export interface OtlpOptions {
  /**
   * Base URL of the collector; `/v1/logs` and `/v1/traces` are added to it.
   * Variable: `OTEL_EXPORTER_OTLP_ENDPOINT`.
   * @default 'http://localhost:4318'
   * @example setupAutorun({ otlp: { endpoint: 'http://collector:4318' } });
   */
  readonly endpoint?: string;
  /**
   * Whole URL for log records. Without an endpoint for spans, spans are not sent then. Variable: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`.
   * @example setupAutorun({ otlp: { logsEndpoint: 'https://logs.example/v1/logs' } });
   */
  readonly logsEndpoint?: string;
  /**
   * Whole URL for spans. Variable: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
   * @example setupAutorun({ otlp: { tracesEndpoint: 'https://traces.example/v1/traces' } });
   */
  readonly tracesEndpoint?: string;
  /**
   * Headers of each request, or a function that returns them or a promise of them. The function is called in the main
   * thread, once at start and again before each delivery; while main does not answer, its last value is used.
   * Variable: `OTEL_EXPORTER_OTLP_HEADERS`, whose headers take precedence, each by its name.
   * @default {}
   * @example setupAutorun({ otlp: { headers: async () => ({ authorization: `Bearer ${await readToken()}` }) } });
   */
  readonly headers?: OtlpHeaders | (() => OtlpHeaders | PromiseLike<OtlpHeaders>);
  /**
   * `grpc` needs `@opentelemetry/exporter-logs-otlp-grpc`, and `exporter-trace-otlp-grpc` for spans, installed by the program.
   * Variable: `OTEL_EXPORTER_OTLP_PROTOCOL`.
   * @default 'http/json'
   * @example setupAutorun({ otlp: { protocol: 'http/protobuf' } });
   */
  readonly protocol?: 'http/json' | 'http/protobuf' | 'grpc';
  /**
   * Variable: `OTEL_EXPORTER_OTLP_COMPRESSION`.
   * @default 'none'
   * @example setupAutorun({ otlp: { compression: 'gzip' } });
   */
  readonly compression?: 'gzip' | 'none';
  /**
   * Milliseconds for one request, from its start to the end of its answer. Variable: `OTEL_EXPORTER_OTLP_TIMEOUT`.
   * @default 10000
   * @example setupAutorun({ otlp: { timeoutMs: 3000 } });
   */
  readonly timeoutMs?: number;
  /**
   * PEM file of the authorities that are trusted. Variable: `OTEL_EXPORTER_OTLP_CERTIFICATE`.
   * @example setupAutorun({ otlp: { certificate: '/etc/ssl/collector-ca.pem' } });
   */
  readonly certificate?: string;
  /**
   * PEM file of our own certificate. Variable: `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`.
   * @example setupAutorun({ otlp: { clientCertificate: '/etc/ssl/shop.pem', clientKey: '/etc/ssl/shop.key' } });
   */
  readonly clientCertificate?: string;
  /**
   * PEM file of its key. Variable: `OTEL_EXPORTER_OTLP_CLIENT_KEY`.
   * @example setupAutorun({ otlp: { clientCertificate: '/etc/ssl/shop.pem', clientKey: '/etc/ssl/shop.key' } });
   */
  readonly clientKey?: string;
}

/** The options as the agent gets them: their values as texts, as variables have them. */
export type OtlpSettings = { readonly [name in Exclude<keyof OtlpOptions, 'headers'>]?: string } & {
  /** `asked`: main has a function for them. */
  readonly headers?: OtlpHeaders | 'asked';
  /** Nothing is sent. */
  readonly isOff?: true;
  /** It is used in place of OTLP's own. */
  readonly exporter?: ExporterSettings;
};

interface Row {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const URL_ROW: Row = { expected: 'a URL such as http://localhost:4318', accepts: isHttpUrl };
const FILE_ROW: Row = { expected: 'the path of a PEM file', accepts: isText };
const TABLE: { readonly [name in keyof OtlpOptions]-?: Row } = {
  endpoint: URL_ROW,
  logsEndpoint: URL_ROW,
  tracesEndpoint: URL_ROW,
  headers: {
    expected: 'an object of header names and texts, or a function that returns one',
    accepts: (value) => typeof value === 'function' || isHeaders(value),
  },
  protocol: words('http/json', 'http/protobuf', 'grpc'),
  compression: words('gzip', 'none'),
  timeoutMs: {
    expected: 'milliseconds above 0',
    accepts: (value) => typeof value === 'number' && value > 0 && value < 2 ** 31,
  },
  certificate: FILE_ROW,
  clientCertificate: FILE_ROW,
  clientKey: FILE_ROW,
};

/**
 * The options as the agent gets them.
 *
 * @throws TypeError for an unknown or invalid option; it never shows a header's value
 */
export function readOtlpOptions(options: OtlpOptions | false): OtlpSettings {
  if (options === false) return { isOff: true };
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`otlp: expected an object or false, got ${nameKind(options)}`);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const row = Object.hasOwn(TABLE, name) ? TABLE[name as keyof OtlpOptions] : undefined;
    if (row === undefined)
      throw new TypeError(`unknown option otlp.${name}: expected one of ${Object.keys(TABLE).join(', ')}`);
    if (row.accepts(value)) continue;
    const shown = name === 'headers' ? nameKind(value) : format('%o', hideCredentials(value));
    throw new TypeError(`otlp.${name}: expected ${row.expected}, got ${shown}`);
  }
  const { headers, ...rest } = options;
  const texts = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(texts.map(([name, value]) => [name, String(value)])),
    ...(headers === undefined ? {} : { headers: typeof headers === 'function' ? 'asked' : { ...headers } }),
  };
}

/** A URL may hold a password, or a token in its query. */
function hideCredentials(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/[^/\s]*@/, '***@').replace(/\?.*/s, '?***') : value;
}

/** Whether these can be sent as headers of HTTP. */
export function isHeaders(value: unknown): value is OtlpHeaders {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, text]) => HEADER_NAME.test(name) && typeof text === 'string' && HEADER_VALUE.test(text),
  );
}

/** RFC 9110, 5.1 and 5.5. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function words(...accepted: readonly string[]): Row {
  return { expected: accepted.join(' or '), accepts: (value) => accepted.includes(value as string) };
}

function isHttpUrl(value: unknown): boolean {
  if (!isText(value) || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return /^https?:$/.test(protocol) && hostname !== '';
}
