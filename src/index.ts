import {
  type Autorun,
  addConfiguration,
  addSection,
  type Report,
  type ReportOptions,
  requestReport,
  startAutorun,
} from './main/autorun.js';
import type { AutorunOptions } from './main/autorun-options.js';

export type { ExporterFactory, ExporterOption, ReportExporter, ReportExporters } from './exporter-option.js';
export type { Autorun, MadeReport, Report, ReportOptions } from './main/autorun.js';
export type { AutorunOptions } from './main/autorun-options.js';
export { InFlightSpanProcessor } from './main/in-flight/span-processor.js';
export type { GeneratedLogRecord } from './main/log-record.js';
export type { OtlpHeaders, OtlpOptions } from './otlp-options.js';
export type { DeliveryOutcome, GeneratedSection, PackageOptions } from './protocol.js';
export type { SectionData, SectionName, SectionStatus, Value } from './report.js';
export type { SettingOptions } from './settings.js';

/** Arms this process. From this call on the configured signals make a report and do not end the process, also while its event loop is blocked.
 * A second call, or one after `--import guru-meditation/register`, merges its options into those that apply already. It
 * costs about 3 ms of the calling thread and 10 MiB of memory.
 * @throws TypeError if an option is invalid; never for the state of the machine
 */
export function setupAutorun(options: AutorunOptions = {}): Autorun {
  return startAutorun(options, true);
}

/**
 * Adds a section to every report.
 * @param title unique; a second registration replaces the section
 * @param generator called for each report; it interrupts the program's code. It returns text, which is printed
 * unchanged; a plain value, which is printed as `key = value` and sent as structure; or `{ text, data }`. A promise
 * must settle within `sectionDeadlineMs`, and cannot do so while the event loop is blocked. A generator that does not
 * return is stopped after `deadlineMs`. An error that it throws becomes the section's content.
 * @returns a function that unregisters the section
 * @throws TypeError if `title` is empty or `generator` is not a function
 */
export function registerSection(title: string, generator: () => unknown): () => void {
  return addSection(title, generator);
}

/**
 * Adds a group to the Configuration section.
 * @param read returns the options of the group; called for each report
 * @param options.secret keys whose values are masked, at any depth, in addition to keys with a name such as `password`
 * @returns a function that unregisters the group
 * @throws TypeError if `group` is empty, `read` is not a function or `options.secret` is not a list of strings
 */
export function registerConfiguration(
  group: string,
  read: () => unknown,
  options: { readonly secret?: readonly string[] } = {},
): () => void {
  return addConfiguration(group, read, options.secret ?? []);
}

/**
 * Makes a report now, with the stack of the caller, without a signal and without `setupAutorun`.
 * @throws TypeError, as a rejection, if an option is invalid; Error, if reports are disabled, the agent thread cannot
 * run, or the caller is registered: its report would run it again
 * @example
 * const report = await generateReport({ print: false });
 * const { taken, sentence } = await report.delivery;
 */
export function generateReport(options: ReportOptions = {}): Promise<Report> {
  return requestReport(generateReport, options);
}
