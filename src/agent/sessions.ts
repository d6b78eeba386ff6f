import type { SharedState } from '../shared-state.js';
import type { Question } from './evaluation.js';
import { type MainSession, openMainSession } from './inspector.js';

/** An answer that a thread had not given when its report went out. */
export interface Owed {
  readonly report: string;
  readonly name: string;
  readonly sinceMs: number;
  readonly question: Question;
}

/** A session for one report. */
export interface ReportSession {
  readonly session: MainSession;
  /** Called when the report is made: from here on the session is open for late answers only. */
  keep(): void;
  release(): void;
}

/** The agent's sessions with main. A session that is still connected would delay the end of the process. */
export interface Sessions {
  /** @throws Error if the inspector cannot be used, or the process is ending */
  open(): ReportSession;
  /** By thread id: a thread is not asked again before it has answered. */
  readonly owed: Map<number, Owed>;
  /** The kernel's ids of the workers that have ever told theirs, by thread id. */
  readonly osIds: Map<number, number>;
  /** Closes at once those that are open for late answers, or all. */
  letGo(which: 'late' | 'all'): void;
}

export function createSessions(shared: Pick<SharedState, 'setConnected' | 'exiting'>): Sessions {
  const open = new Map<MainSession, 'reading' | 'late'>();
  const owed = new Map<number, Owed>();

  const release = (session: MainSession) => {
    session.close();
    if (open.delete(session) && open.size === 0) shared.setConnected(false);
  };

  return {
    owed,
    osIds: new Map(),
    open() {
      shared.setConnected(true);
      try {
        // Main looks for a session after it has said that it ends: one of the two sees the other.
        if (shared.exiting() === 'last') throw new Error('the process is ending');
        const session = openMainSession();
        open.set(session, 'reading');
        return { session, keep: () => void open.set(session, 'late'), release: () => release(session) };
      } catch (error) {
        if (open.size === 0) shared.setConnected(false);
        throw error;
      }
    },
    letGo(which) {
      for (const [session, use] of open) if (which === 'all' || use === 'late') release(session);
    },
  };
}
