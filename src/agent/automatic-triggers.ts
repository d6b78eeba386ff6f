import { resolve } from 'node:path';
import type { Settings } from '../settings.js';
import type { SharedState } from '../shared-state.js';
import { findSpoolDirectory } from '../state-directory.js';
import { say } from '../stderr.js';
import { type FileWatch, watchFile } from '../triggers/file.js';
import { type StallWatch, watchStalls } from '../triggers/stall.js';
import { showDuration } from '../views/duration.js';
import type { ReportQueue } from './report-queue.js';

/** The triggers that nobody pulls at that moment: a file that is touched, an event loop that stalls. */
export interface AutomaticTriggers {
  set(settings: Settings): void;
}

export function createAutomaticTriggers(queue: () => ReportQueue, shared: SharedState, cwd: string): AutomaticTriggers {
  let file: FileWatch | undefined;
  let stall: StallWatch | undefined;
  let set = '';

  return {
    set({ fileTrigger, fileTriggerIntervalMs, stallMs, spoolDir, logDir }) {
      const wanted = JSON.stringify({ fileTrigger, fileTriggerIntervalMs, stallMs, spoolDir, logDir });
      if (wanted === set) return;
      set = wanted;
      file?.close();
      stall?.close();
      file = undefined;
      stall = undefined;
      const path = fileTrigger === null ? undefined : resolve(cwd, fileTrigger);
      if (path !== undefined) file = openFileTrigger(path, { fileTriggerIntervalMs, spoolDir, logDir });
      if (stallMs > 0) stall = watchStalls({ stallMs, readBeat, onStall: () => reportStall(stallMs) });
    },
  };

  function openFileTrigger(
    path: string,
    { fileTriggerIntervalMs, spoolDir, logDir }: Pick<Settings, 'fileTriggerIntervalMs' | 'spoolDir' | 'logDir'>,
  ): FileWatch | undefined {
    const refuse = (why: string) => say(`gmr: GMR_FILE_TRIGGER ${path} is not watched: ${why}`);
    // Each report would be the trigger of the next one.
    if (path === findSpoolDirectory(spoolDir, process.env, cwd)) refuse('it is the spool, which every report touches');
    else if (logDir !== null && path === resolve(cwd, logDir)) refuse('it is GMR_LOG_DIR, which every report touches');
    else {
      try {
        return watchFile(path, fileTriggerIntervalMs, () => queue().addTrigger({ kind: 'file', path }));
      } catch (error) {
        refuse((error as Error).message);
      }
    }
    return undefined;
  }

  function readBeat(): number | undefined {
    const beats = shared.beats();
    return beats === 0 || shared.exiting() !== 'no' ? undefined : beats;
  }

  function reportStall(stallMs: number): (lastedMs: number) => void {
    let id: string | undefined;
    let lasted: number | undefined;
    const tell = () => {
      if (id === undefined || lasted === undefined) return;
      say(`gmr ${id}: the event loop turns again; it had not for ${showDuration(lasted)}`, 'info');
    };
    queue().addTrigger({ kind: 'stall', stallMs }, (made) => {
      id = made;
      tell();
    });
    return (lastedMs) => {
      lasted = lastedMs;
      tell();
    };
  }
}
