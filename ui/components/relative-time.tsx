import { useNow } from '../platform/use-now.ts';
import { describeAge } from './age.ts';

const STEP_MS = 10_000;

/** `3 min ago`; the exact time is in the title. Takes milliseconds since the epoch, or RFC 3339. */
export function RelativeTime({ time }: { readonly time: number | string }) {
  const now = useNow(STEP_MS);
  const at = typeof time === 'number' ? time : Date.parse(time);
  if (!Number.isFinite(at) || at <= 0) return <span>–</span>;
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {describeAge(at, Math.max(now, at > now && at - now < STEP_MS ? at : now))}
    </time>
  );
}
