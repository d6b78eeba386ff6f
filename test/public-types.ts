import type { GeneratedSection } from '../src/protocol.js';
import type { SettingOptions } from '../src/settings.js';

/* The compiler holds these: `npm run types`. */

export const OFF: SettingOptions = {
  signals: false,
  stallMs: false,
  fileTrigger: false,
  logDir: false,
  spoolDir: false,
};
// @ts-expect-error: a deadline cannot be off
export const WRONG: SettingOptions = { deadlineMs: false };
export function readState(section: GeneratedSection): string | undefined {
  return section.name === 'threads' ? section.data?.threads[0]?.state : section.status;
}
