export interface TimeLimit {
  /** It does not expire any more. */
  end(): void;
  /** Its timer does not keep the thread alive. */
  unref(): TimeLimit;
}

/**
 * Calls `expire` after `ms` milliseconds, once everything that had come by then has been read. A loop that was held up, or had no
 * CPU, runs its timers first: an answer that came in time would be taken for none.
 */
export function startTimeLimit(expire: () => void, ms: number): TimeLimit {
  let turn: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // For one turn it keeps the thread alive in any case: without that, the loop would wait for its next event first.
    turn = setImmediate(expire);
  }, ms);
  const limit: TimeLimit = {
    end() {
      clearTimeout(timer);
      clearImmediate(turn);
    },
    unref() {
      timer.unref();
      return limit;
    },
  };
  return limit;
}
