import type { HealthStatus, SyncStatus } from '../../core/app/status.ts';
import { classNames } from '../components/class-names.ts';
import { HEALTH_TONE, SYNC_TONE } from '../components/tone.ts';
import { type FleetFilter, HEALTH, SYNC } from './fleet-filter.ts';
import type { Counts } from './fleet-groups.ts';
import styles from './summary-bar.module.css';

export interface SummaryBarProps {
  readonly counts: Counts;
  readonly filter: FleetFilter;
  readonly onChange: (changes: Partial<FleetFilter>) => void;
}

/** How the whole fleet is, as a bar and as numbers that filter. */
export function SummaryBar({ counts, filter, onChange }: SummaryBarProps) {
  return (
    <section className={styles.summary} aria-label="Summary">
      <div className={styles.bar} aria-hidden="true">
        {HEALTH.toReversed().map((status) =>
          counts.health[status] === undefined ? null : (
            <span key={status} className={styles[HEALTH_TONE[status]]} style={{ flexGrow: counts.health[status] }} />
          ),
        )}
      </div>
      <div className={styles.numbers}>
        <Toggle
          title="Problems"
          count={counts.problems}
          tone={counts.problems === 0 ? 'quiet' : 'bad'}
          isOn={filter.problemsOnly}
          onToggle={() => onChange({ problemsOnly: !filter.problemsOnly })}
        />
        {HEALTH.map((status) => (
          <Toggle
            key={status}
            title={status}
            count={counts.health[status] ?? 0}
            tone={HEALTH_TONE[status]}
            isOn={filter.health.includes(status)}
            onToggle={() => onChange({ health: toggled<HealthStatus>(filter.health, status) })}
          />
        ))}
        {SYNC.filter((status) => status !== 'Unknown').map((status) => (
          <Toggle
            key={status}
            title={status}
            count={counts.sync[status] ?? 0}
            tone={SYNC_TONE[status]}
            isOn={filter.sync.includes(status)}
            onToggle={() => onChange({ sync: toggled<SyncStatus>(filter.sync, status) })}
          />
        ))}
      </div>
    </section>
  );
}

function toggled<T>(list: readonly T[], value: T): readonly T[] {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}

interface ToggleProps {
  readonly title: string;
  readonly count: number;
  readonly tone: string;
  readonly isOn: boolean;
  readonly onToggle: () => void;
}

function Toggle({ title, count, tone, isOn, onToggle }: ToggleProps) {
  if (count === 0 && !isOn && title !== 'Problems') return null;
  return (
    <button type="button" className={classNames(styles.number, styles[tone])} aria-pressed={isOn} onClick={onToggle}>
      <strong>{count}</strong> {title}
    </button>
  );
}
