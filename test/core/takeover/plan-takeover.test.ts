import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../core/objects/object.ts';
import { planTakeover, takesFields } from '../../../core/takeover/plan-takeover.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const entry = (manager: string, operation: string, fieldsV1: Json, more: JsonObject = {}): JsonObject => ({
  manager,
  operation,
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  time: '2026-01-01T00:00:00Z',
  fieldsV1,
  ...more,
});
const data = (...names: string[]): JsonObject => ({ 'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) });

/** A live object with these fields in its data, and what a dry-run of `wanted` makes of it. */
function plan(
  entries: readonly JsonObject[],
  wanted: readonly string[],
  options: {
    readonly dialect?: 'argo' | 'flux';
    readonly sync?: JsonObject;
    readonly lastApplied?: JsonObject;
    readonly spec?: JsonObject;
  } = {},
) {
  const { dialect = 'argo', sync = {}, lastApplied, spec } = options;
  const annotations = lastApplied === undefined ? {} : { annotations: { [LAST_APPLIED]: JSON.stringify(lastApplied) } };
  const live: JsonObject = {
    apiVersion: 'v1',
    metadata: { ...annotations, managedFields: entries },
    data: { a: '1', b: '2', c: '3' },
    ...(spec === undefined ? {} : { spec }),
  };
  const applied = { ...live, metadata: { managedFields: [entry('plumbline', 'Apply', data(...wanted)), ...entries] } };
  return planTakeover({ live, applied, policy: { dialect, sync } });
}

const entriesOf = (taken: ReturnType<typeof plan>) =>
  (taken?.managedFields ?? []).map((item) => {
    const { manager, operation, fieldsV1 } = item as JsonObject; // made above
    return { manager, operation, fieldsV1 };
  });

describe('taking an object over', () => {
  it('F38: makes the fields of a GitOps tool ours, and tells which of them go', () => {
    const taken = plan([entry('kustomize-controller', 'Apply', data('a', 'b'))], ['a']);
    expect(entriesOf(taken)).toEqual([{ manager: 'plumbline', operation: 'Apply', fieldsV1: data('a', 'b') }]);
    expect(taken?.goes).toEqual(['/data/b']);
    expect(taken?.managers).toEqual(['kustomize-controller']);
  });

  it('leaves what another manager owns as well', () => {
    const taken = plan([entry('kustomize-controller', 'Apply', data('a', 'b')), entry('other', 'Apply', data('b'))], ['a']);
    expect(taken?.goes).toEqual([]);
    expect(entriesOf(taken)).toContainEqual({ manager: 'other', operation: 'Apply', fieldsV1: data('b') });
  });

  it('is nothing when only controllers and people have fields', () => {
    for (const manager of ['hpa', 'vpa-updater', 'Mozilla', 'cert-manager-cainjector', 'flux-client-side-apply'])
      expect(plan([entry(manager, 'Update', data('b'))], ['a'])).toBeUndefined();
  });

  it('never touches what was written through a subresource', () =>
    expect(plan([entry('kustomize-controller', 'Apply', data('b'), { subresource: 'status' })], ['a'])).toBeUndefined());

  it('takes of client-side apply only what it has applied last, not the defaults that it owns as well', () => {
    const lastApplied = { apiVersion: 'v1', data: { a: '1', b: '2' } };
    const owned = { ...data('a', 'b', 'c'), 'f:metadata': { 'f:annotations': { [`f:${LAST_APPLIED}`]: {} } } };
    const taken = plan([entry('kubectl-client-side-apply', 'Update', owned)], ['a'], { lastApplied });
    expect(taken?.goes).toEqual(['/data/b', `/metadata/annotations/${LAST_APPLIED.replace('/', '~1')}`]);
    expect(JSON.stringify(taken?.managedFields)).not.toContain('f:c');
  });

  it('takes all that client-side apply owns when what it applied last is not known', () => {
    const taken = plan([entry('kubectl-client-side-apply', 'Update', data('a', 'b'))], ['a']);
    expect(taken?.goes).toEqual(['/data/b']);
  });

  it('takes only fields that exist in our version from an entry of another version', () => {
    const taken = plan([entry('helm', 'Update', data('a', 'old'), { apiVersion: 'v1beta1' })], ['a']);
    expect(entriesOf(taken)).toEqual([{ manager: 'plumbline', operation: 'Apply', fieldsV1: data('a') }]);
  });

  it('F38: never takes replicas that Git does not set', () => {
    const owned = { ...data('a'), 'f:spec': { 'f:replicas': {} } };
    const taken = plan([entry('helm', 'Update', owned)], ['a'], { spec: { replicas: 3 } });
    expect(taken?.goes).toEqual([]);
    expect(JSON.stringify(taken?.managedFields)).not.toContain('replicas');
  });

  it('shares with kubectl’s other commands: what Git sets is ours alone, the rest stays theirs', () => {
    const taken = plan([entry('kubectl-create', 'Update', data('a', 'b'))], ['a']);
    expect(entriesOf(taken)).toContainEqual({ manager: 'kubectl-create', operation: 'Update', fieldsV1: data('b') });
    expect(taken?.goes).toEqual([]);
  });

  it('takes from every kubectl command in Flux’ dialect, but for a restart', () => {
    expect(plan([entry('kubectl-edit', 'Update', data('b'))], ['a'], { dialect: 'flux' })?.goes).toEqual(['/data/b']);
    expect(plan([entry('kubectl-rollout', 'Update', data('b'))], ['a'], { dialect: 'flux' })).toBeUndefined();
  });

  it('honours ClientSideApplyMigration=false and a manager of another name', () => {
    const entries = [entry('kubectl-client-side-apply', 'Update', data('b'))];
    expect(plan(entries, ['a'], { sync: { migrateClientSideApply: false } })).toBeUndefined();
    const named = [entry('pipeline', 'Update', data('b'))];
    expect(plan(named, ['a'])).toBeUndefined();
    expect(plan(named, ['a'], { sync: { migrationManager: 'pipeline' } })?.goes).toEqual(['/data/b']);
  });
});

describe('an object that is ours already', () => {
  const ours = entry('plumbline', 'Apply', data('a'));

  it('is not taken from a second GitOps tool again and again', () =>
    expect(plan([ours, entry('argocd-controller', 'Apply', data('b'))], ['a'])).toBeUndefined());

  it('is taken from kubectl apply again, and that alone is a difference', () => {
    const taken = plan([ours, entry('kubectl-client-side-apply', 'Update', data('b'))], ['a']);
    expect(taken?.goes).toEqual(['/data/b']);
    expect(taken !== undefined && takesFields(taken)).toBe(true);
  });

  it('does not differ because kubectl apply left its annotation', () => {
    const owned = { ...data('a'), 'f:metadata': { 'f:annotations': { [`f:${LAST_APPLIED}`]: {} } } };
    const lastApplied = { apiVersion: 'v1', data: { a: '1' } };
    const taken = plan([ours, entry('kubectl-client-side-apply', 'Update', owned)], ['a'], { lastApplied });
    expect(taken !== undefined && takesFields(taken)).toBe(false);
  });
});
