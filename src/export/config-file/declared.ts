import { isHeaders, type OtlpHeaders } from '../../otlp-options.js';
import type { ResourceAttributes } from '../resource.js';

/** The settings of one exporter of `OTEL_CONFIG_FILE`, as texts, like the values of variables. */
export interface DeclaredExporter {
  readonly endpoint: string;
  readonly protocol: 'http/json' | 'http/protobuf' | 'grpc';
  readonly compression?: string;
  readonly timeoutMs?: string;
  readonly insecure?: string;
  readonly certificate?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly headers: OtlpHeaders;
}

/** The part of a configuration file that holds for reports. */
export interface Declared {
  /** `disabled: true`. */
  readonly isDisabled: boolean;
  readonly logs?: DeclaredExporter;
  readonly traces?: DeclaredExporter;
  /** Of the resource. */
  readonly attributes: ResourceAttributes;
}

type Node = { readonly [key: string]: unknown };

/**
 * Reads a parsed file of the schema 1.x.
 *
 * @throws Error if it has another version, or a value that cannot be used; it shows no value of a header
 */
export function readDeclared(file: unknown): Declared {
  const { file_format: version, disabled, resource, logger_provider: loggers, tracer_provider: tracers } = toNode(file);
  if (!/^1(\.|$)/.test(String(version))) throw new Error(`file_format is ${version ?? 'missing'}: expected 1.x`);
  const logs = findExporter(loggers, 'logs');
  const traces = findExporter(tracers, 'traces');
  return {
    isDisabled: disabled === true,
    ...(logs ? { logs } : {}),
    ...(traces ? { traces } : {}),
    attributes: readAttributes(toNode(resource)),
  };
}

/** The first OTLP exporter of a provider. */
function findExporter(provider: unknown, signal: 'logs' | 'traces'): DeclaredExporter | undefined {
  for (const processor of toList(toNode(provider).processors).map(toNode)) {
    const exporter = toNode(toNode(processor.batch ?? processor.simple).exporter);
    if ('otlp_http' in exporter) return readExporter(toNode(exporter.otlp_http), signal, false);
    if ('otlp_grpc' in exporter) return readExporter(toNode(exporter.otlp_grpc), signal, true);
  }
  return undefined;
}

function readExporter(node: Node, signal: string, isGrpc: boolean): DeclaredExporter {
  const { endpoint, compression, timeout, encoding } = node;
  const tls = toNode(node.tls);
  const texts = {
    compression: toText(compression),
    // 0 means no limit in the file, but a report's delivery always has one.
    timeoutMs: timeout === 0 ? undefined : toText(timeout),
    insecure: toText(tls.insecure),
    certificate: toText(tls.ca_file),
    clientCertificate: toText(tls.cert_file),
    clientKey: toText(tls.key_file),
  };
  const set = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined));
  return {
    ...(set as Partial<DeclaredExporter>),
    endpoint: toText(endpoint) ?? (isGrpc ? 'http://localhost:4317' : `http://localhost:4318/v1/${signal}`),
    protocol: isGrpc ? 'grpc' : encoding === 'json' ? 'http/json' : 'http/protobuf',
    headers: readHeaders(node, signal),
  };
}

function readHeaders({ headers, headers_list: list }: Node, signal: string): OtlpHeaders {
  const named = toList(headers)
    .map(toNode)
    .filter(({ value }) => value !== null && value !== undefined)
    .map(({ name, value }) => [String(name), String(value)] as const);
  const all: unknown = Object.fromEntries([...readPairs(list), ...named]);
  if (!isHeaders(all)) throw new Error(`the headers of its exporter of ${signal} cannot be sent over HTTP`);
  return all;
}

function readAttributes({ attributes, attributes_list: list }: Node): ResourceAttributes {
  const named = toList(attributes)
    .map(toNode)
    .flatMap(({ name, value }): [string, ResourceAttributes[string]][] => {
      if (typeof name !== 'string' || value === null || value === undefined) return [];
      if (Array.isArray(value)) return [[name, value.map(String)]];
      return [[name, typeof value === 'number' || typeof value === 'boolean' ? value : String(value)]];
    });
  return Object.fromEntries([...readPairs(list), ...named]);
}

/** `a=b,c=d`, percent-encoded, as in the variables. */
function readPairs(list: unknown): [string, string][] {
  const pairs = (toText(list) ?? '').split(',').filter((pair) => pair.trim() !== '');
  return pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at <= 0) throw new Error('one of its lists has an item that is not key=value');
    return [decodeURIComponent(pair.slice(0, at).trim()), decodeURIComponent(pair.slice(at + 1).trim())];
  });
}

function toNode(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toText(value: unknown): string | undefined {
  return value === null || value === undefined || value === '' ? undefined : String(value);
}
