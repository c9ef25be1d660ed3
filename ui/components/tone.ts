import type { HealthStatus, SyncStatus } from '../../core/app/status.ts';

/** What a state asks of whoever looks: nothing, patience, or to act. */
export type Tone = 'good' | 'wait' | 'bad' | 'info' | 'quiet';

export const SYNC_TONE: { readonly [status in SyncStatus]: Tone } = { Synced: 'good', OutOfSync: 'wait', Unknown: 'quiet' };
export const HEALTH_TONE: { readonly [status in HealthStatus]: Tone } = {
  Healthy: 'good',
  Progressing: 'wait',
  Suspended: 'info',
  Missing: 'bad',
  Degraded: 'bad',
  Unknown: 'quiet',
};
