import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Deployment, RevertAnswer } from '../../../core/api/control.ts';
import { answer, param } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { ErrorNote, Note, Skeleton } from '../../components/notes.tsx';
import { OutsideLink } from '../../components/outside-link.tsx';
import { appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import { useDecision } from '../data/use-decision.ts';
import { useQueryState } from '../data/use-query-state.ts';
import { DecisionDialog } from '../decide/decision-dialog.tsx';
import type { AppDialogProps } from '../decide/simple-dialogs.tsx';
import { RenderedDiffView } from '../diff/rendered-diff.tsx';
import { parsePeriodAhead } from '../words/durations.ts';
import { toLine } from '../words/plain-text.ts';
import styles from './history.module.css';
import { toRollback, type Until, whyNotRollback } from './rollback-input.ts';

const MOST = 30;

/** Rolling back: to what, until when, and whether by a pin at once or by a commit that undoes the change. `?to=` names the entry. */
export function RollbackDialog({ address, view, onClose }: AppDialogProps) {
  const [to, setTo] = useQueryState('to');
  const { data, error, refetch } = useQuery({
    queryKey: [...appKeys.deployments(address), MOST],
    queryFn: () => answer(appApi.deployments.$get({ param: param(address), query: { limit: String(MOST) } })),
  });
  if (data === undefined)
    return (
      <Dialog title={`Roll back ${address.app}`} isOpen onClose={onClose}>
        {error === null ? (
          <Skeleton lines={4} label="Loading history" />
        ) : (
          <ErrorNote error={error} onRetry={() => void refetch()} />
        )}
      </Dialog>
    );
  const earlier = data.deployments.filter(({ n }) => n > 0);
  const chosen = earlier.find(({ entry }) => entry === to) ?? earlier[0];
  if (chosen === undefined)
    return (
      <Dialog title={`Roll back ${address.app}`} isOpen onClose={onClose}>
        <Note>There is nothing to go back to: this is the first deployment.</Note>
      </Dialog>
    );
  return (
    <Choosing
      address={address}
      view={view}
      onClose={onClose}
      deployments={data.deployments}
      chosen={chosen}
      onChosen={(entry) => setTo(entry, true)}
    />
  );
}

interface ChoosingProps extends AppDialogProps {
  readonly deployments: readonly Deployment[];
  readonly chosen: Deployment;
  readonly onChosen: (entry: string) => void;
}

function Choosing({ address, view, onClose, deployments, chosen, onChosen }: ChoosingProps) {
  const [how, setHow] = useState<'pin' | 'push' | 'propose'>('pin');
  const [until, setUntil] = useState<Until>({ kind: 'newer-commit' });
  const [isDiffShown, setDiffShown] = useState(false);
  const [reverted, setReverted] = useState<RevertAnswer | undefined>(undefined);
  const rollback = useDecision<string | undefined>(address, {
    run: (reason) => answer(appApi.rollback.$post({ param: param(address), json: toRollback(chosen, until, reason) })),
    done: `Rolling back to ${chosen.revision.slice(0, 7)}.`,
    onDone: onClose,
  });
  const revert = useDecision<string | undefined>(address, {
    run: async (reason) => {
      const json = { how: how === 'propose' ? 'propose' : 'push', ...(reason === undefined ? {} : { reason }) } as const;
      setReverted(await answer(appApi.revert.$post({ param: param(address), json })));
    },
    done: how === 'propose' ? 'The change that undoes it is proposed.' : 'The commit that undoes it is pushed.',
  });
  if (reverted !== undefined) return <Reverted answer={reverted} onClose={onClose} />;
  const current = deployments.find(({ n }) => n === 0);
  return (
    <DecisionDialog
      title={`Roll back ${address.app}`}
      confirm={how === 'pin' ? 'Roll back' : how === 'push' ? 'Push the revert' : 'Propose the revert'}
      problem={how === 'pin' ? whyNotRollback(until) : undefined}
      toInput={(reason) => reason}
      decision={how === 'pin' ? rollback : revert}
      onClose={onClose}
    >
      <fieldset className={styles.choices}>
        <legend>How</legend>
        <Radio name="how" checked={how === 'pin'} onChoose={() => setHow('pin')}>
          At once: run an earlier deployment, whatever Git says
        </Radio>
        <Radio name="how" checked={how === 'push'} onChoose={() => setHow('push')}>
          In Git: push a commit that undoes the last change
        </Radio>
        <Radio name="how" checked={how === 'propose'} onChoose={() => setHow('propose')}>
          In Git: propose that commit as a pull or merge request
        </Radio>
      </fieldset>
      {how === 'pin' ? (
        <>
          <SelectField
            label="To"
            value={chosen.entry}
            choices={deployments.filter(({ n }) => n > 0).map((one) => ({ value: one.entry, title: describe(one) }))}
            onChange={(event) => onChosen(event.target.value)}
          />
          <UntilFields until={until} onChange={setUntil} />
          <Note>
            Drift is healed to the earlier state while the pin holds. Everything it had then comes back; what came later is
            deleted if the App prunes, within its budget.
          </Note>
          {current === undefined ? null : (
            <div>
              <Button small onClick={() => setDiffShown(!isDiffShown)} aria-expanded={isDiffShown}>
                {isDiffShown ? 'Hide what changes' : 'Show what changes'}
              </Button>
            </div>
          )}
          {isDiffShown && current !== undefined ? (
            <RenderedDiffView address={address} from={current.entry} to={chosen.entry} />
          ) : null}
        </>
      ) : (
        <Note>
          It undoes <code>{view.revision.slice(0, 7)}</code> {toLine(view.subject)} on{' '}
          <code>{view.definition.source.revision}</code>, with your reason in its message. Where later commits touched the same
          lines it is refused, and nothing changes.
        </Note>
      )}
    </DecisionDialog>
  );
}

function describe({ n, revision, subject, time, health }: Deployment): string {
  const words = [`${n} back`, revision.slice(0, 7), toLine(subject), health ?? '', new Date(time).toLocaleString()];
  return words.filter((word) => word !== '').join(' · ');
}

function UntilFields({ until, onChange }: { readonly until: Until; readonly onChange: (until: Until) => void }) {
  return (
    <fieldset className={styles.choices}>
      <legend>Until</legend>
      <Radio name="until" checked={until.kind === 'newer-commit'} onChoose={() => onChange({ kind: 'newer-commit' })}>
        a newer commit changes this App
      </Radio>
      <Radio name="until" checked={until.kind === 'time'} onChoose={() => onChange({ kind: 'time', text: '1h' })}>
        a time is over
      </Radio>
      {until.kind === 'time' ? (
        <TextField
          label="Time"
          hint="Such as 30m, 2h or 1d."
          value={until.text}
          problem={parsePeriodAhead(until.text) === undefined ? 'Write a time such as 30m, 2h or 1d.' : undefined}
          onChange={(event) => onChange({ kind: 'time', text: event.target.value })}
        />
      ) : null}
      <Radio name="until" checked={until.kind === 'unpin'} onChoose={() => onChange({ kind: 'unpin' })}>
        somebody unpins it
      </Radio>
    </fieldset>
  );
}

interface RadioProps {
  readonly name: string;
  readonly checked: boolean;
  readonly onChoose: () => void;
  readonly children: string;
}

function Radio({ name, checked, onChoose, children }: RadioProps) {
  return (
    <label>
      <input type="radio" name={name} checked={checked} onChange={onChoose} /> <span>{children}</span>
    </label>
  );
}

function Reverted({ answer: { commit, branch, url }, onClose }: { readonly answer: RevertAnswer; readonly onClose: () => void }) {
  return (
    <Dialog title="Reverted in Git" isOpen onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      <p>
        Commit <code>{commit.slice(0, 7)}</code> on <code>{branch}</code> undoes the change.
      </p>
      {url === undefined ? null : (
        <p>
          <OutsideLink href={url}>{url}</OutsideLink>
        </p>
      )}
    </Dialog>
  );
}
