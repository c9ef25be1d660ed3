import type { ActivityEvent } from '../../core/api/activity.ts';
import type { BoardMessage } from '../../core/api/board.ts';
import { type ApiProblem, asApiProblem } from '../api/api-problem.ts';
import { answer, client } from '../api/client.ts';
import { openEventStream, type StreamState } from '../api/event-stream.ts';
import { applyMessages, type BoardState, toBoardState } from './board-state.ts';

/** What the page knows: `state` is undefined until the first answer; `live` says whether changes are coming in. */
export interface BoardSnapshot {
  readonly state: BoardState | undefined;
  readonly live: StreamState;
  readonly problem: ApiProblem | undefined;
}

export interface BoardStore {
  readonly get: () => BoardSnapshot;
  readonly subscribe: (listener: () => void) => () => void;
  /** Everything that happens from now on. */
  readonly onActivity: (listener: (event: ActivityEvent) => void) => () => void;
  readonly stop: () => void;
}

const AGAIN_MS = 3_000;

/**
 * Reads the board once, then follows its stream; reads it again after a gap (`reset`). Messages are put together and taken once per frame, so that
 * a storm of changes draws the page as often as it can be seen, not as often as something changes. A page in the background takes them each second.
 * `onSignedOut` is told when the session has ended.
 */
export function createBoardStore(onSignedOut: () => void): BoardStore {
  let snapshot: BoardSnapshot = { state: undefined, live: 'connecting', problem: undefined };
  const listeners = new Set<() => void>();
  const activityListeners = new Set<(event: ActivityEvent) => void>();
  let waiting: BoardMessage[] = [];
  let closeStream: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;

  const set = (changes: Partial<BoardSnapshot>) => {
    snapshot = { ...snapshot, ...changes };
    for (const tell of listeners) tell();
  };

  const flush = () => {
    const messages = waiting;
    waiting = [];
    if (snapshot.state !== undefined && messages.length > 0) set({ state: applyMessages(snapshot.state, messages) });
  };
  const take = (message: BoardMessage) => {
    if (waiting.push(message) > 1) return;
    if (document.hidden) setTimeout(flush, 1_000);
    else requestAnimationFrame(flush);
  };

  const read = async () => {
    closeStream?.();
    waiting = [];
    try {
      const state = toBoardState(await answer(client.board.$get()));
      if (isStopped) return;
      set({ state, problem: undefined });
      follow(state.cursor);
    } catch (error) {
      const problem = asApiProblem(error);
      set({ problem, live: 'waiting' });
      if (isStopped) return;
      if (problem.status === 401) onSignedOut();
      else timer = setTimeout(() => void read(), AGAIN_MS);
    }
  };

  const follow = (cursor: string) => {
    closeStream = openEventStream({
      path: (lastId) => `/api/stream?after=${encodeURIComponent(lastId ?? cursor)}`,
      onEvent: ({ event, data }) => {
        const message = { event, data: JSON.parse(data) } as BoardMessage; // of our own Worker, typed by the contract
        if (message.event === 'reset') void read();
        else if (message.event === 'activity') for (const tell of activityListeners) tell(message.data);
        else take(message);
      },
      onState: (live, problem) => {
        set({ live, problem });
        if (live !== 'closed') return;
        if (problem?.status === 401) onSignedOut();
        // Whoever may no longer listen may still be allowed to see less: the board says.
        else timer = setTimeout(() => void read(), AGAIN_MS);
      },
    });
  };

  void read();
  return {
    get: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onActivity: (listener) => {
      activityListeners.add(listener);
      return () => activityListeners.delete(listener);
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      closeStream?.();
    },
  };
}
