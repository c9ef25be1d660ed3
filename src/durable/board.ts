import { DurableObject } from 'cloudflare:workers';
import type { ActivityEvent } from '../../core/api/activity.ts';
import type { BoardPort, ClusterNews } from '../platform/board-port.ts';
import type { Env } from '../platform/env.ts';

/** One per installation: the list of all Apps of all clusters, what happened lately, and the streams that tell of it. */
export class Board extends DurableObject<Env> implements BoardPort {
  async take(_news: ClusterNews): Promise<void> {
    return undefined;
  }

  async forget(_cluster: string): Promise<void> {
    return undefined;
  }

  async record(_event: Omit<ActivityEvent, 'seq' | 'time' | 'cluster'>): Promise<void> {
    return undefined;
  }
}
