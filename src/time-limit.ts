export interface TimeLimit {
  /** It does not expire any more. */
  end(): void;
  /** It does not keep the thread alive. */
  unref(): TimeLimit;
}

/**
 * Calls `expire` after `ms` milliseconds, once everything that had come by then has been read. A loop that was held up, or had no
 * CPU, runs its timers first: an answer that came in time would be taken for none.
 */
export function startTimeLimit(expire: () => void, ms: number): TimeLimit {
  let turn: NodeJS.Immediate | undefined;
  let isHolding = true;
  const timer = setTimeout(() => {
    turn = setImmediate(expire);
    if (!isHolding) turn.unref();
  }, ms);
  const limit: TimeLimit = {
    end() {
      clearTimeout(timer);
      clearImmediate(turn);
    },
    unref() {
      isHolding = false;
      timer.unref();
      return limit;
    },
  };
  return limit;
}
