import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ResourceAction } from '../../../core/api/tree.ts';
import { describeKey, type JsonObject } from '../../../core/objects/object.ts';
import { answer, param } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { EmptyState, ErrorNote, Skeleton } from '../../components/notes.tsx';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';
import { useDecision } from '../data/use-decision.ts';
import { DecisionDialog } from '../decide/decision-dialog.tsx';
import { why } from '../decide/why.ts';
import type { TreeItem } from '../tree/tree-model.ts';
import { parseParameters } from './action-parameters.ts';
import styles from './object.module.css';

export interface ObjectActionsProps {
  readonly address: AppAddress;
  readonly item: TreeItem;
}

/** What can be done to an object; what cannot be done right now says why. */
export function ObjectActions({ address, item }: ObjectActionsProps) {
  const [chosen, setChosen] = useState<ResourceAction | undefined>(undefined);
  const { data, error, refetch } = useQuery({
    queryKey: appKeys.actions(address, item.key),
    queryFn: () => answer(appApi.actions.$get({ param: param(address), query: { key: item.key } })),
  });
  if (error !== null && data === undefined) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={4} label="Loading actions" />;
  if (data.actions.length === 0)
    return (
      <EmptyState title="Nothing can be done to it">{<p>Either its kind has no actions, or you may not use them.</p>}</EmptyState>
    );
  return (
    <>
      <ul className={styles.actions}>
        {data.actions.map((action) => (
          <li key={action.name}>
            <Button disabled={action.disabled !== undefined} onClick={() => setChosen(action)}>
              {action.title}
              {(action.parameters ?? []).length > 0 ? '…' : ''}
            </Button>
            {action.disabled === undefined ? null : <span className={styles.quiet}>{action.disabled}</span>}
          </li>
        ))}
      </ul>
      {chosen === undefined ? null : (
        <ActionDialog key={chosen.name} address={address} item={item} action={chosen} onClose={() => setChosen(undefined)} />
      )}
    </>
  );
}

interface ActionDialogProps {
  readonly address: AppAddress;
  readonly item: TreeItem;
  readonly action: ResourceAction;
  readonly onClose: () => void;
}

function ActionDialog({ address, item, action, onClose }: ActionDialogProps) {
  const parameters = action.parameters ?? [];
  const [texts, setTexts] = useState<{ readonly [name: string]: string }>(() =>
    Object.fromEntries(parameters.map(({ name, default: value = '' }) => [name, value])),
  );
  const parsed = parseParameters(parameters, texts);
  const decision = useDecision<{ readonly reason: string | undefined; readonly values: JsonObject }>(address, {
    run: ({ reason, values }) =>
      answer(
        appApi.actions.$post({
          param: param(address),
          json: {
            key: item.key,
            action: action.name,
            ...(parameters.length === 0 ? {} : { parameters: values }),
            ...why(reason),
          },
        }),
      ),
    done: `${action.title}: the agent was asked.`,
    onDone: onClose,
  });
  return (
    <DecisionDialog
      title={`${action.title}: ${describeKey(item.key)}`}
      confirm={action.title}
      isDangerous={/^(delete|terminate|abort)$/.test(action.name)}
      problem={parsed.problem}
      toInput={(reason) => ({ reason, values: parsed.values })}
      decision={decision}
      onClose={onClose}
    >
      <p>The agent does it with its own rights, and its receipt says what came of it.</p>
      {parameters.map(({ name, type }) => (
        <TextField
          key={name}
          label={name}
          inputMode={type === 'integer' ? 'numeric' : 'text'}
          value={texts[name] ?? ''}
          problem={parsed.problems[name]}
          onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
        />
      ))}
    </DecisionDialog>
  );
}
