/**
 * What goes back and forth is summarised: of one trouble of one App to one recipient only so many messages are sent within a window; what comes then is
 * gathered, and one message tells of it when some time has passed.
 */
export const FLAPPING = { window: 30 * 60_000, messages: 6, delay: 10 * 60_000 } as const;

/** True when the next message would be one too many. `times` are those of the messages about the same, in milliseconds since the epoch. */
export function isFlapping(times: readonly number[], now: number): boolean {
  return times.filter((time) => now - time < FLAPPING.window).length >= FLAPPING.messages;
}
