import { oneLine } from '../../core/ledger/one-line.ts';

/** What the message of a revert says beside what it undoes. */
export interface RevertWords {
  /** First line of the message of the commit that is undone. */
  readonly subject: string;
  readonly commit: string;
  /** Its first parent where it is a merge. */
  readonly mergedInto?: string;
  readonly cluster: string;
  readonly app: string;
  readonly actor: string;
  readonly reason?: string;
}

/**
 * The message that `git revert` writes, the reason, and trailers. What comes from people is put on one line, so that nobody writes a trailer by
 * choosing a name or a reason.
 */
export function revertMessage({ subject, commit, mergedInto, cluster, app, actor, reason }: RevertWords): string {
  const merge = mergedInto === undefined ? '' : `, reversing\nchanges made to ${mergedInto}`;
  const why = oneLine(reason ?? '', 2000);
  return [
    `Revert "${oneLine(subject, 300)}"`,
    `This reverts commit ${commit}${merge}.`,
    ...(why === '' ? [] : [why]),
    `Plumbline-App: ${oneLine(`${cluster}/${app}`, 400)}\nPlumbline-Actor: ${oneLine(actor, 200)}\n`,
  ].join('\n\n');
}

/** True for a message of a commit that undoes this one. */
export function isRevertOf(message: string, commit: string): boolean {
  return message.includes(`\nThis reverts commit ${commit}`);
}
