import { describeKey } from '../../core/objects/object.ts';
import { describeProblem } from '../../core/problem/problem.ts';
import { type Cell, formatTable } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import type { PlanAction, PlanView } from './make-plan.ts';

const COLOURS: { readonly [action in PlanAction]?: 'green' | 'yellow' | 'red' } = {
  create: 'green',
  ensure: 'green',
  update: 'yellow',
  prune: 'red',
};

/** A plan for people: its steps in their order, then what is not done and why. What stays as it is is only counted. */
export async function showPlan(view: PlanView, terminal: Terminal): Promise<string> {
  const rows: Cell[][] = view.steps.flatMap(({ phase, wave, entries }) =>
    entries
      .filter(({ action }) => action !== 'unchanged')
      .map(({ key, action, fields = [], managers = [] }): Cell[] => [
        phase,
        wave,
        { text: action, colour: COLOURS[action] },
        describeKey(key),
        `${fields.join(', ')}${managers.length === 0 ? '' : ` (set by ${managers.join(', ')})`}`,
      ]),
  );
  const { create, update, prune, unchanged } = view.changes;
  const parts = [`${create} to create, ${update} to change, ${prune} to prune, ${unchanged} unchanged`];
  if (rows.length > 0) parts.unshift(await formatTable(['PHASE', 'WAVE', 'ACTION', 'OBJECT', 'FIELDS'], rows, terminal));
  const reasons = [...view.blocked, ...view.held].map(({ key, problem }) => `${describeKey(key)}: ${describeProblem(problem)}`);
  if (reasons.length > 0) parts.push(`Not done:\n${reasons.map((line) => `  ${line}`).join('\n')}`);
  if (view.kept.length > 0)
    parts.push(`Kept although Git has them no more:\n${view.kept.map((key) => `  ${describeKey(key)}`).join('\n')}`);
  if (view.problems.length > 0)
    parts.push(`Warnings:\n${view.problems.map((found) => `  ${describeProblem(found)}`).join('\n')}`);
  parts.push(
    'Compared without an API server: only fields of the manifests count; its defaults and admission are not known here.',
  );
  return `${parts.join('\n')}\n`;
}
