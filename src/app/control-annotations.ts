import { type ApprovalRule, type ControlRules, type RollbackRule, USUAL_ROLLBACK } from '../../core/control/control-rules.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { parseDuration } from './duration.ts';
import { invalid, type Notes } from './shape.ts';

/**
 * Annotations about going back and approvals. They stand on an Application, Kustomization or HelmRelease, or on an AppProject for all of its Applications:
 *
 *   plumbline.dev/rollback           on | off
 *   plumbline.dev/rollback-deadline  5m
 *   plumbline.dev/rollback-degraded  2m
 *   plumbline.dev/approvals          2
 *   plumbline.dev/approvers          role:release-managers
 *   plumbline.dev/approvals-without  tokens, operator
 *
 * An App's own word goes before its project's, annotation by annotation. A time switches going back on, unless `rollback: off` is beside it.
 */
const PREFIX = 'plumbline.dev/';

/** What the annotations of one object say. */
export interface ControlAnnotations {
  readonly rollback?: 'on' | 'off';
  readonly deadlineSeconds?: number;
  readonly degradedSeconds?: number;
  readonly approvals?: number;
  readonly approvers?: string;
  readonly without?: ApprovalRule['without'];
}

const MAX_APPROVALS = 20;

/** Gives what an annotation means, or what it should be like. */
type Reader = (value: string) => ControlAnnotations | string;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['rollback', (value) => (value === 'on' || value === 'off' ? { rollback: value } : 'must be on or off')],
  ['rollback-deadline', (value) => readDuration(value, (deadlineSeconds) => ({ deadlineSeconds }))],
  ['rollback-degraded', (value) => readDuration(value, (degradedSeconds) => ({ degradedSeconds }))],
  [
    'approvals',
    (value) =>
      /^\d{1,2}$/.test(value) && Number(value) <= MAX_APPROVALS
        ? { approvals: Number(value) }
        : `must be a number of people from 0 to ${MAX_APPROVALS}`,
  ],
  [
    'approvers',
    (value) =>
      /^(?:role|proj):[\w.:-]{1,200}$/.test(value) ? { approvers: value } : 'must be a role such as role:release-managers',
  ],
  ['approvals-without', readWithout],
]);

function readDuration(value: string, make: (seconds: number) => ControlAnnotations): ControlAnnotations | string {
  const seconds = parseDuration(value);
  return seconds === undefined || seconds < 1 ? 'must be a duration of at least 1s such as 90s or 5m' : make(seconds);
}

function readWithout(value: string): ControlAnnotations | string {
  const names = value.split(',').map((name) => name.trim());
  const without = names.filter((name) => name === 'tokens' || name === 'operator');
  return without.length === names.length ? { without } : 'must be tokens, operator, or both with a comma between them';
}

/** True for an annotation of this file; `key` is without its prefix. */
export function isControlKey(key: string): boolean {
  return READERS.has(key);
}

/** Reads them; what cannot be right is noted, and refuses the object, because most of them protect something. */
export function readControlAnnotations({ metadata }: Manifest, notes: Notes): ControlAnnotations {
  let read: ControlAnnotations = {};
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    const found = key.startsWith(PREFIX) ? READERS.get(key.slice(PREFIX.length))?.(value) : undefined;
    if (typeof found === 'string') invalid(notes, `metadata.annotations ${key}`, found);
    else if (found !== undefined) read = { ...read, ...found };
  }
  return read;
}

/** What holds for an App; absent when neither goes back by itself nor waits for people. */
export function toControlRules(own: ControlAnnotations, project: ControlAnnotations = {}): { readonly control?: ControlRules } {
  const all = { ...project, ...own };
  const rollback = toRollback(own, project);
  const { approvals = 0, approvers, without = [] } = all;
  const rules: ControlRules = {
    ...(rollback === undefined ? {} : { rollback }),
    ...(approvals === 0
      ? {}
      : { approvals: { needed: approvals, without, ...(approvers === undefined ? {} : { role: approvers }) } }),
  };
  return Object.keys(rules).length === 0 ? {} : { control: rules };
}

function toRollback(own: ControlAnnotations, project: ControlAnnotations): RollbackRule | undefined {
  const { rollback, deadlineSeconds, degradedSeconds } = { ...project, ...own };
  const hasTime = (one: ControlAnnotations) => one.deadlineSeconds !== undefined || one.degradedSeconds !== undefined;
  // An own time says more than the project's `off`.
  const isOff = own.rollback === 'off' || (rollback === 'off' && !hasTime(own));
  if (isOff || (rollback === undefined && !hasTime(own) && !hasTime(project))) return undefined;
  return {
    deadlineSeconds: deadlineSeconds ?? USUAL_ROLLBACK.deadlineSeconds,
    degradedSeconds: degradedSeconds ?? USUAL_ROLLBACK.degradedSeconds,
  };
}
