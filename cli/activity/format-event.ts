import type { ActivityEvent } from '../../core/api/activity.ts';
import { formatTime } from '../output/age.ts';
import { printableLine } from '../output/printable.ts';
import type { Terminal } from '../terminal.ts';

/** One thing that happened on one line: when, where, what, by whom and why. */
export function formatEvent(event: ActivityEvent, terminal: Terminal): string {
  const { cluster, app, actor, reason, text } = event;
  const name = app === '' ? (cluster === '' ? 'installation' : cluster) : `${cluster}/${app}`;
  const time = terminal.paint('gray', formatTime(event.time));
  // Many texts name their actor already.
  const by = actor === undefined || text.includes(actor) ? '' : ` by ${actor}`;
  const why = reason === undefined || text.includes(reason) ? '' : `: "${reason}"`;
  const what = printableLine(`${text}${by}${why}`);
  return `${time}  ${terminal.paint('bold', printableLine(name))}  ${printableLine(event.kind)}  ${what}\n`;
}
