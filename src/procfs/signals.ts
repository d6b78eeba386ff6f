import { constants } from 'node:os';
import { parseFields } from './fields.js';
import { readText } from './read.js';

/** Which of these signals the main thread blocks, so that they are never delivered; proc_pid_status(5), `SigBlk`. */
export function findBlockedSignals(signals: readonly string[], root = '/proc'): readonly string[] {
  const mask = parseFields(readText(`${root}/self/status`) ?? '').get('SigBlk');
  if (mask === undefined || !/^[0-9a-f]+$/.test(mask)) return [];
  const bits = BigInt(`0x${mask}`);
  return signals.filter((signal) => {
    const number = constants.signals[signal as NodeJS.Signals];
    return number !== undefined && ((bits >> BigInt(number - 1)) & 1n) === 1n;
  });
}
