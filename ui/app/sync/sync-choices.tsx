import { useState } from 'react';
import type { AppView } from '../../../core/api/views.ts';
import { describeKey } from '../../../core/objects/object.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { CheckField, TextField } from '../../components/field.tsx';
import { SYNC_TONE } from '../../components/tone.ts';
import styles from './sync.module.css';
import { describePlan, type SyncPlan, selectOutOfSync, toggleObject } from './sync-plan.ts';

export interface SyncChoicesProps {
  readonly plan: SyncPlan;
  readonly view: AppView;
  readonly onChange: (plan: SyncPlan) => void;
}

const MOST = 500;

/** What is synced, and how; what the choices mean stands below them. */
export function SyncChoices({ plan, view, onChange }: SyncChoicesProps) {
  const [search, setSearch] = useState('');
  const resources = view.status?.resources ?? [];
  const all = resources.map(({ key }) => key);
  const wanted = search.toLowerCase();
  const found = resources.filter(({ key }) => key.toLowerCase().includes(wanted));
  return (
    <>
      <CheckField
        label="Prune"
        hint="Delete what Git no longer has."
        checked={plan.prune}
        onChange={() => onChange({ ...plan, prune: !plan.prune })}
      />
      <CheckField
        label="Replace"
        hint="Replace objects instead of applying them."
        checked={plan.replace}
        onChange={() => onChange({ ...plan, replace: !plan.replace })}
      />
      <CheckField
        label="Force"
        hint="Delete and create again what cannot be changed."
        checked={plan.force}
        onChange={() => onChange({ ...plan, force: !plan.force })}
      />
      <div className={styles.row}>
        <Button small onClick={() => onChange({ ...plan, selected: undefined })}>
          All
        </Button>
        <Button small onClick={() => onChange(selectOutOfSync(plan, resources))}>
          Out of sync
        </Button>
        <Button small onClick={() => onChange({ ...plan, selected: new Set() })}>
          None
        </Button>
      </div>
      {resources.length > 12 ? (
        <TextField label="Find an object" type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
      ) : null}
      {resources.length === 0 ? null : (
        <ul className={styles.pick} aria-label="Objects to sync">
          {found.slice(0, MOST).map(({ key, sync }) => (
            <li key={key}>
              <label>
                <input
                  type="checkbox"
                  checked={plan.selected === undefined || plan.selected.has(key)}
                  onChange={() => onChange(toggleObject(plan, key, all))}
                />
                <code>{describeKey(key)}</code>
                {sync === 'Synced' ? null : <Badge tone={SYNC_TONE[sync]}>{sync}</Badge>}
              </label>
            </li>
          ))}
          {found.length > MOST ? <li>{found.length - MOST} more: find them by name.</li> : null}
        </ul>
      )}
      <ul aria-label="What happens">
        {describePlan(plan, resources).map(({ text, isDangerous }) => (
          <li key={text} className={isDangerous ? styles.dangerous : undefined}>
            {text}
          </li>
        ))}
      </ul>
    </>
  );
}
