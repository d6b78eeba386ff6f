import {
  type Autorun,
  type AutorunOptions,
  addConfiguration,
  addSection,
  type Report,
  requestReport,
  startAutorun,
} from './main/autorun.js';

export type { Autorun, AutorunOptions, Report } from './main/autorun.js';
export { InFlightSpanProcessor } from './main/in-flight/span-processor.js';
export type { GeneratedSection, PackageOptions } from './protocol.js';
export type { Value } from './report.js';
export type { SettingOptions } from './settings.js';

/**
 * Arms this process: from this call on the configured signals make a report instead of ending it, also while its event
 * loop is blocked.
 *
 * Called again, or after `--import guru-meditation/register`, it merges its options into what runs and returns that.
 * Costs about 3 ms of the calling thread and 10 MiB of memory.
 *
 * @throws TypeError for an option that is wrong; never for the state of the machine.
 */
export function setupAutorun(options: AutorunOptions = {}): Autorun {
  return startAutorun(options, true);
}

/**
 * Adds a section to every report.
 *
 * @param title unique; registering it again replaces the section.
 * @param generator called for each report, in the middle of whatever the program is doing: text, printed as it is; a
 * plain value, printed as `key = value` and sent as structure; or `{ text, data }`. One that returns a promise has
 * `sectionDeadlineMs` and cannot answer while the event loop is blocked; one that does not return is stopped after
 * `deadlineMs`. What it throws becomes the section's content.
 * @returns what takes the section away again.
 * @throws TypeError for a title that is empty, and for what is no function.
 */
export function registerSection(title: string, generator: () => unknown): () => void {
  return addSection(title, generator);
}

/**
 * Adds a group to the Configuration section.
 *
 * @param read returns the options, read anew for each report.
 * @param options.secret keys whose values are masked, at any depth, beside those whose names speak of secrets.
 * @returns what takes the group away again.
 * @throws TypeError for a name that is empty, what is no function, and keys that are no list of texts.
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
 *
 * @param options.print whether the report is printed like one that a signal asked for.
 * @default { print: true }
 * @throws Error, as a rejection, when reports are disabled or the agent thread cannot run.
 */
export function generateReport(options: { readonly print?: boolean } = {}): Promise<Report> {
  return requestReport(generateReport, options.print ?? true);
}
