import type { Health, HealthStatus } from '../app/status.ts';

function word(status: HealthStatus, message: string | undefined): Health {
  return message === undefined || message === '' ? { status } : { status, message };
}

/** Each gives the word of its name; an empty message counts as none. */
export const healthy = (message?: string): Health => word('Healthy', message);
export const suspended = (message?: string): Health => word('Suspended', message);
export const progressing = (message?: string): Health => word('Progressing', message);
export const degraded = (message?: string): Health => word('Degraded', message);
export const unknown = (message?: string): Health => word('Unknown', message);
