import { type ExporterOption, readExporterOption } from '../exporter-option.js';
import { type OtlpOptions, readOtlpOptions } from '../otlp-options.js';
import type { PackageOptions } from '../protocol.js';
import { OPTIONS, type SettingOptions } from '../settings.js';
import { requireObject } from './arguments.js';

/** Options of `setupAutorun`. */
export interface AutorunOptions extends SettingOptions {
  /**
   * The identity of the program. Variable: `OTEL_RESOURCE_ATTRIBUTES`, of which `service.version` stands in for a version.
   * @default the values of the package.json of the main module, or of the project that it is installed in
   * @example setupAutorun({ package: { product: 'checkout', vendor: 'Shop', version: '1.4.2' } });
   */
  package?: PackageOptions;
  /**
   * Where reports are sent; `false`: nowhere. A second call adds to the options of the first. Variable: `OTEL_SDK_DISABLED`.
   * @example setupAutorun({ otlp: { endpoint: 'http://collector:4318', headers: { 'x-tenant': 'shop' } } });
   */
  otlp?: OtlpOptions | false;
  /**
   * A module that makes the exporters, for backends that do not speak OTLP; `false`: those of OTLP that are built in. It
   * runs in the agent's thread, also while the event loop is blocked. `OTEL_SDK_DISABLED` and `OTEL_*_EXPORTER=none` still turn
   * signals off, and `OTEL_EXPORTER_OTLP_TIMEOUT` bounds an export.
   * @default false
   * @example setupAutorun({ exporter: { module: new URL('./exporter.mjs', import.meta.url), options: { index: 'reports' } } });
   */
  exporter?: ExporterOption | false;
}

/** @returns its `package` @throws TypeError if an option is invalid */
export function checkOptions(options: AutorunOptions): PackageOptions {
  requireObject('options', options);
  const known: readonly string[] = ['package', 'otlp', 'exporter', ...OPTIONS];
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`unknown option ${key}: expected one of ${known.join(', ')}`);
  }
  const { package: about = {} } = options;
  requireObject('package', about);
  for (const [key, value] of Object.entries(about)) {
    if (!['product', 'vendor', 'version'].includes(key))
      throw new TypeError(`unknown option package.${key}: expected one of product, vendor, version`);
    if (typeof value !== 'string') throw new TypeError(`package.${key}: expected a string, got ${typeof value}`);
  }
  if (options.otlp !== undefined) readOtlpOptions(options.otlp);
  readExporterOption(options.exporter);
  return about;
}

/** A second call adds to the options of the first; `false` stands until a call gives options again. */
export function mergeOtlp(before: AutorunOptions['otlp'] = {}, given: AutorunOptions['otlp']): OtlpOptions | false {
  return given === undefined ? before : given && { ...before, ...given };
}
