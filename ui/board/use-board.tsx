import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import type { ActivityEvent } from '../../core/api/activity.ts';
import { leaveToSignIn } from '../shell/return-path.ts';
import { type BoardSnapshot, type BoardStore, createBoardStore } from './board-store.ts';

const Context = createContext<BoardStore | undefined>(undefined);
const NOTHING: BoardSnapshot = { state: undefined, live: 'connecting', problem: undefined };

/** Keeps the list of all Apps while somebody is signed in: every page below shares it. */
export function BoardProvider({ children }: { readonly children: ReactNode }) {
  const [store, setStore] = useState<BoardStore>();
  useEffect(() => {
    const made = createBoardStore(leaveToSignIn);
    setStore(made);
    return () => made.stop();
  }, []);
  return <Context value={store}>{children}</Context>;
}

/** All Apps and clusters, as they are now. */
export function useBoard(): BoardSnapshot {
  const store = useContext(Context);
  return useSyncExternalStore(store?.subscribe ?? never, store?.get ?? nothing);
}

/** Calls `listener` with everything that happens while the component is there. */
export function useActivity(listener: (event: ActivityEvent) => void): void {
  const store = useContext(Context);
  useEffect(() => store?.onActivity(listener), [store, listener]);
}

function never(): () => void {
  return () => undefined;
}
function nothing(): BoardSnapshot {
  return NOTHING;
}
