import { format } from './node-util.js';

/** Exporters of a program's own, in place of those that are built in. */
export interface ExporterOption {
  /**
   * The module: a path, a `file:` URL or the name of a package. A path and a name are looked up from the directory of the
   * program's main module, then from the working directory. Its default export is an `ExporterFactory`.
   */
  readonly module: string | URL;
  /**
   * The argument of the factory. It is copied to the agent's thread: functions cannot be in it.
   * @default undefined
   */
  readonly options?: unknown;
}

/** The exporters of one process. They have the interfaces of OpenTelemetry's SDK. */
export interface ReportExporters {
  /** A `LogRecordExporter`. */
  readonly logs: ReportExporter;
  /** A `SpanExporter`. Without it, spans are not sent. */
  readonly traces?: ReportExporter;
}

/** The members of a `LogRecordExporter` or `SpanExporter` that are used. */
export interface ReportExporter {
  /** A report that is not taken is kept, and exported again: `done` gets `code` 0 if the items have been taken. */
  export(items: never[], done: (result: { code: number; error?: Error }) => void): void;
  shutdown?(): Promise<void>;
}

/**
 * The default export of an exporter's module. It is called once, in the agent's thread, when the first report is sent.
 * @example
 * import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
 * export default ({ url }) => ({ logs: new OTLPLogExporter({ url }) });
 */
export type ExporterFactory = (options: never) => ReportExporters | Promise<ReportExporters>;

/** The option as the agent gets it. */
export interface ExporterSettings {
  readonly module: string;
  readonly options?: unknown;
}

/** @throws TypeError if it is invalid; it never shows a value of `options` */
export function readExporterOption(option: ExporterOption | false | undefined): ExporterSettings | undefined {
  if (option === undefined || option === false) return undefined;
  if (typeof option !== 'object' || option === null)
    throw new TypeError(`exporter: expected { module, options } or false, got ${format('%o', option)}`);
  const unknown = Object.keys(option).find((name) => name !== 'module' && name !== 'options');
  if (unknown !== undefined) throw new TypeError(`unknown option exporter.${unknown}: expected module or options`);
  const { module, options } = option;
  const name = module instanceof URL ? module.href : module;
  if (typeof name !== 'string' || name.trim() === '' || (/^\w+:\/\//.test(name) && !name.startsWith('file://')))
    throw new TypeError(
      `exporter.module: expected a path, a file: URL or the name of a package, got ${format('%o', name)}`,
    );
  try {
    return options === undefined ? { module: name } : { module: name, options: structuredClone(options) };
  } catch (error) {
    throw new TypeError(`exporter.options: expected values that can be copied to another thread (${String(error)})`);
  }
}
