/** Runs at most so many tasks at a time; lanes take turns, so that one with many tasks does not keep the others waiting. */
export interface Limiter {
  /** A lane is an App; its tasks run in their order. */
  readonly run: <T>(task: () => Promise<T>, lane?: string) => Promise<T>;
}

/** The share of all places that one lane may hold: the rest is there at once for others, however slow that lane's tasks are. */
const LANE_SHARE = 0.75;

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Makes a limiter: `max` tasks run side by side; a place that becomes free goes to the lane whose turn it is. */
export function createLimiter(max: number): Limiter {
  const perLane = Math.max(1, Math.floor(max * LANE_SHARE));
  let running = 0;
  /** Lanes that have tasks; the one whose turn is next stands first. */
  const lanes = new Map<string, Lane>();

  const laneOf = (name: string): Lane => {
    const known = lanes.get(name);
    if (known !== undefined) return known;
    const made: Lane = { running: 0, waiting: [] };
    lanes.set(name, made);
    return made;
  };

  const firstReady = (): [string, Lane] | undefined => {
    for (const entry of lanes) if (entry[1].waiting.length > 0 && entry[1].running < perLane) return entry;
    return undefined;
  };

  /** Gives the free places away. */
  const admit = (): void => {
    while (running < max) {
      const next = firstReady();
      if (next === undefined) return;
      const [name, lane] = next;
      const start = lane.waiting.shift();
      // Behind all others again.
      lanes.delete(name);
      lanes.set(name, lane);
      running++;
      lane.running++;
      start?.();
    }
  };

  return {
    async run(task, name = '') {
      const lane = laneOf(name);
      if (running < max && lane.running < perLane && lane.waiting.length === 0) {
        running++;
        lane.running++;
      } else await new Promise<void>((resolve) => lane.waiting.push(resolve));
      try {
        return await task();
      } finally {
        running--;
        lane.running--;
        if (lane.running === 0 && lane.waiting.length === 0) lanes.delete(name);
        admit();
      }
    },
  };
}
