import { useEffect, useRef, useState } from 'react';
import type { ApiProblem } from './api-problem.ts';
import { openEventStream, type StreamOptions, type StreamState } from './event-stream.ts';

/**
 * Listens while the component is there. `key` names the stream: another key is another stream; undefined listens to nothing.
 * Gives its state, and why it is closed when the API refused it.
 */
export function useEventStream(
  key: string | undefined,
  options: Omit<StreamOptions, 'onState'>,
): { readonly state: StreamState; readonly problem?: ApiProblem } {
  const latest = useRef(options);
  latest.current = options;
  const [found, setFound] = useState<{ readonly state: StreamState; readonly problem?: ApiProblem }>({ state: 'connecting' });
  useEffect(() => {
    if (key === undefined) return undefined;
    return openEventStream({
      path: (lastId) => latest.current.path(lastId),
      onEvent: (event) => latest.current.onEvent(event),
      onState: (state, problem) => setFound(problem === undefined ? { state } : { state, problem }),
      once: latest.current.once ?? false,
    });
  }, [key]);
  return found;
}
