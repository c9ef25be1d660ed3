/**
 * Offsets of time zones from UTC, from the machine's own zone data by Intl, which is pure: it is given the time and the zone.
 */
const FORMATS = new Map<string, Intl.DateTimeFormat>();
const STEP_MS = 14 * 86_400_000;

/** True for a name that the zone data knows (`Europe/Berlin`, `UTC`) or an offset (`+02:00`). */
export function isTimeZone(zone: string): boolean {
  return formatOf(zone) !== undefined;
}

/** How far the zone's clocks are ahead of UTC at a time, in milliseconds; 0 for a zone that nobody knows. */
export function offsetAt(zone: string, time: number): number {
  if (zone === 'UTC') return 0;
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(formatOf(zone)?.format(time) ?? '');
  if (match === null) return 0;
  const [, sign, hours, minutes, seconds = '0'] = match;
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return (sign === '-' ? -size : size) * 1000;
}

/** The first moment (ms) after `from` and at or before `to` at which the clocks are changed, to the second; undefined without one. */
export function nextTransition(zone: string, span: { readonly from: number; readonly to: number }): number | undefined {
  if (zone === 'UTC') return undefined;
  const before = offsetAt(zone, span.from);
  let same = span.from;
  while (same < span.to) {
    const sample = Math.min(same + STEP_MS, span.to);
    if (offsetAt(zone, sample) !== before) return bisect(zone, { same, changed: sample, before });
    same = sample;
  }
  return undefined;
}

function bisect(zone: string, between: { readonly same: number; readonly changed: number; readonly before: number }): number {
  let { same, changed } = between;
  while (changed - same > 1000) {
    const middle = Math.floor((same + changed) / 2000) * 1000;
    if (middle <= same) break;
    if (offsetAt(zone, middle) === between.before) same = middle;
    else changed = middle;
  }
  return Math.floor(changed / 1000) * 1000;
}

/** Making a format is slow, and the zones of a fleet are few. */
function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = FORMATS.get(zone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    FORMATS.set(zone, format);
    return format;
  } catch {
    return undefined;
  }
}
