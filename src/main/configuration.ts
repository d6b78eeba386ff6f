import { type ExporterOption, readExporterOption } from '../exporter-option.js';
import { type OtlpOptions, readOtlpOptions } from '../otlp-options.js';
import type { PackageOptions, StartData } from '../protocol.js';
import type { Settings } from '../settings.js';

/** The settings and options that are in force. */
export interface Configuration {
  readonly settings: Settings;
  readonly options: PackageOptions;
  readonly otlp: OtlpOptions | false;
  readonly exporter: ExporterOption | false | undefined;
}

/** The same as the agent gets it. */
export type Configured = Pick<StartData, 'settings' | 'options' | 'otlp'>;

export function readConfigured({ settings, options, otlp, exporter: option }: Configuration): Configured {
  const exporter = readExporterOption(option);
  return { settings, options, otlp: { ...readOtlpOptions(otlp), ...(exporter ? { exporter } : {}) } };
}

export function headersOf({ otlp }: Configuration): OtlpOptions['headers'] {
  return otlp ? otlp.headers : undefined;
}
