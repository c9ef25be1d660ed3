import { describeKey } from '../../../core/objects/object.ts';
import type { ObjectResult, Receipt } from '../../../core/protocol/messages.ts';
import { describeDuration } from '../../components/age.ts';
import { Badge } from '../../components/badge.tsx';
import { Note } from '../../components/notes.tsx';
import type { Tone } from '../../components/tone.ts';
import { toLine } from '../words/plain-text.ts';
import styles from './sync.module.css';
import { describeResult, describeResults, sortResults } from './sync-follow.ts';

const OUTCOME: { readonly [outcome in Receipt['outcome']]: readonly [Tone, string] } = {
  synced: ['good', 'Synced'],
  failed: ['bad', 'Failed'],
  held: ['wait', 'Held'],
  removed: ['info', 'Removed'],
  acted: ['good', 'Done'],
};
const MOST = 300;

/** What the agent signed that it did, or after a dry run what it would do: in one line, then object by object, what failed first. */
export function ReceiptView({ receipt }: { readonly receipt: Receipt }) {
  const isDryRun = receipt.dryRun === true;
  const [tone, word] = OUTCOME[receipt.outcome];
  const results = sortResults(receipt.results);
  return (
    <section className={styles.receipt} aria-label={isDryRun ? 'What would happen' : 'What happened'}>
      <p className={styles.row}>
        <Badge tone={tone}>{isDryRun ? 'Dry run' : word}</Badge>
        <span>{describeResults(receipt.results, isDryRun) || 'No object was touched.'}</span>
        <span className={styles.quiet}>in {describeDuration(receipt.finishedAt - receipt.startedAt)}</span>
      </p>
      {receipt.problems.map((problem) => (
        <Note key={`${problem.code} ${problem.where} ${problem.message}`} tone="bad">
          {toLine(problem.message)} {problem.where === undefined ? null : <>({toLine(problem.where)})</>}{' '}
          <code>{problem.code}</code>
        </Note>
      ))}
      {results.length === 0 ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <ul className={styles.results} tabIndex={0} aria-label="Objects">
          {results.slice(0, MOST).map((result) => (
            <Result key={`${result.key} ${result.hook?.phase ?? ''}`} result={result} isDryRun={isDryRun} />
          ))}
          {results.length > MOST ? <li>and {results.length - MOST} more</li> : null}
        </ul>
      )}
    </section>
  );
}

function Result({ result, isDryRun }: { readonly result: ObjectResult; readonly isDryRun: boolean }) {
  return (
    <li data-action={result.action}>
      <code>{describeKey(result.key)}</code>{' '}
      <span className={styles.action}>
        {describeResult(result, isDryRun)}
        {result.hook === undefined ? '' : ` (${result.hook.phase} hook, ${result.hook.state})`}
      </span>
      {result.problem === undefined ? null : <p className={styles.problem}>{toLine(result.problem.message)}</p>}
    </li>
  );
}
