import { resolve } from 'node:path';
import type { Counters } from '../counters.js';
import type { Settings } from '../settings.js';
import { findSpoolDirectory } from '../state-directory.js';
import { say } from '../stderr.js';
import { type FileWatch, watchFile } from '../triggers/file.js';
import { type StallWatch, watchStalls } from '../triggers/stall.js';
import { showDuration } from './header.js';
import type { Queue } from './queue.js';

/** What makes reports without anybody asking at that moment: a file that is touched, an event loop that stalls. */
export interface Triggers {
  set(settings: Settings): void;
  /** Has a report made: what is done to the directory that it is written to is no trigger. */
  during(make: () => Promise<void>): Promise<void>;
}

export function createTriggers(queue: () => Queue, counters: Counters, cwd: string): Triggers {
  let file: FileWatch | undefined;
  let stall: StallWatch | undefined;
  let ownDirectory = false;
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
      ownDirectory = logDir !== null && path === resolve(cwd, logDir);
      if (path !== undefined && path === findSpoolDirectory(spoolDir, process.env, cwd))
        say(`gmr: GMR_FILE_TRIGGER ${path} is the spool, which every report touches: it is not watched`);
      else if (path !== undefined)
        file = watchFile(path, fileTriggerIntervalMs, () => queue().addTrigger({ kind: 'file', path }));
      if (stallMs > 0) stall = watchStalls({ stallMs, readBeat, onStall: () => reportStall(stallMs) });
    },
    async during(make) {
      if (!ownDirectory) return make();
      file?.hold();
      await make();
      await file?.rebase();
    },
  };

  function readBeat(): number | undefined {
    const beats = counters.beats();
    return beats === 0 || counters.exiting() !== 'no' ? undefined : beats;
  }

  function reportStall(stallMs: number): (lastedMs: number) => void {
    let id: string | undefined;
    let lasted: number | undefined;
    const tell = () => {
      if (id === undefined || lasted === undefined) return;
      say(`gmr ${id}: the event loop turns again; it had not for ${showDuration(lasted)}`);
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
