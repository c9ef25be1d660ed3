import type { AppControl, Decided, PinUntil, Reason } from '../../core/api/control.ts';
import { shortRevision } from '../../core/ledger/one-line.ts';
import { describeKey } from '../../core/objects/object.ts';
import { formatAge, formatTime } from '../output/age.ts';
import { printableLine } from '../output/printable.ts';
import type { Colour, Terminal } from '../terminal.ts';

/** What people decided about an App beyond Git, one line each. */
export function describeControl(control: AppControl, now: number): readonly string[] {
  const { pin, suspended, glass, windows, approval, deletions, deleted } = control;
  const lines: string[] = [];
  if (pin !== undefined) {
    const who = pin.automatic === undefined ? decidedBy(pin, now) : `by itself, ${AUTOMATIC[pin.automatic]}, ${ago(pin, now)}`;
    lines.push(`pinned to ${shortRevision(pin.revision)} "${pin.subject}" ${describeUntil(pin.until, now)}: ${who}`);
  }
  if (suspended !== undefined) lines.push(`suspended: ${decidedBy(suspended, now)}`);
  if (glass !== undefined)
    lines.push(`break-glass, drift is not healed ${describeEnd(glass.until, now)}: ${decidedBy(glass, now)}`);
  if (windows !== undefined)
    lines.push(`sync windows do not hold ${describeEnd(windows.until, now)}: ${decidedBy(windows, now)}`);
  if (approval !== undefined) {
    const { approvals, needed, role, revision, bundle } = approval;
    const whose = role === undefined ? '' : ` of ${role}`;
    const by = approvals.length === 0 ? '' : ` (${approvals.map(({ actor }) => actor).join(', ')})`;
    lines.push(`${shortRevision(revision)} has ${approvals.length} of ${needed} approvals${whose}${by}; bundle ${bundle}`);
  }
  if (deletions !== undefined) {
    const names = deletions.objects.map(describeKey).join(', ');
    lines.push(`deletion of ${deletions.objects.length} of ${deletions.total} objects waits to be confirmed: ${names}`);
  }
  if (deleted !== undefined)
    lines.push(
      `deleted though Git defines it, its objects ${deleted.cascade === 'prune' ? 'too' : 'stay'}: ${decidedBy(deleted, now)}`,
    );
  return lines;
}

const AUTOMATIC = { deadline: 'health was not reached in time', degraded: 'it was Degraded for too long' } as const;

/** `until a newer commit`, `until 2026-08-01 12:30:00Z (in 2h)`, `until it is unpinned`. */
export function describeUntil(until: PinUntil, now: number): string {
  if (until.kind === 'time') return describeEnd(until.at, now);
  return until.kind === 'unpin' ? 'until it is unpinned' : 'until a newer commit';
}

function describeEnd(at: number, now: number): string {
  return `until ${formatTime(at)}${at > now ? ` (in ${formatAge(now, at)})` : ''}`;
}

function decidedBy({ actor, reason, at }: Decided, now: number): string {
  return `${actor}, ${ago({ at }, now)}${reason === undefined ? '' : `, "${reason}"`}`;
}

const ago = ({ at }: { readonly at: number }, now: number) => `${formatAge(at, now)} ago`;

const COLOURS: { readonly [severity in Reason['severity']]: Colour } = { bad: 'red', wait: 'yellow', info: 'cyan' };

/** Why an App is not simply Synced and Healthy, a line each, with what to do below it. */
export function formatReasons(reasons: readonly Reason[], terminal: Terminal): string {
  return reasons
    .map(({ code, text, severity, fix }) => {
      // The severity came over the network: an unknown one has no colour.
      const colour = COLOURS[severity] as Colour | undefined;
      const line = printableLine(`${text} [${code}]`);
      return `  ${colour === undefined ? line : terminal.paint(colour, line)}\n${fix === undefined ? '' : `    to do: ${printableLine(fix)}\n`}`;
    })
    .join('');
}
