/**
 * Which check decides about an object, as data: most are known at once, some need a program that the caller runs (run-check.ts).
 *
 * Argo CD's order (gitops-engine/pkg/health/health.go `GetResourceHealth`, util/lua/lua.go `GetHealthScript`):
 *
 * 1. being deleted → Progressing
 * 2. a script in the settings for exactly this `group/Kind` (`Kind` alone in the core group)
 * 3. a script in the settings whose name is a pattern that fits. Argo CD takes whichever its map gives first when several fit, another one each
 *    time; here it is the first in the order of the alphabet.
 * 4. Argo CD's own scripts
 * 5. its built-in rules; without one the object has no health, and counts as Healthy here
 *
 * Flux' order (fluxcd/pkg, runtime/cel): expressions for the kind, then those for its whole group, then kstatus. Being deleted comes before
 * them, where Flux asks the expressions about an object that goes.
 */
import type { Dialect, HealthExpression } from '../app/policy.ts';
import type { ClusterSettings } from '../app/settings.ts';
import type { Health } from '../app/status.ts';
import { groupOf, type JsonObject } from '../objects/object.ts';
import { computeDeletion, computeHealth, hasArgoRule } from './compute-health.ts';
import { fieldAt, stringAt } from './fields.ts';
import { matchesKindGlob } from './kind-glob.ts';
import { degraded, healthy, progressing } from './words.ts';

export interface HealthRules {
  readonly dialect: Dialect;
  /** Argo CD's `resource.customizations` (core/health/customizations.ts). */
  readonly customizations?: NonNullable<ClusterSettings['health']>;
  /** Flux' `healthCheckExprs`; a kind without a name is its whole group. */
  readonly expressions?: readonly HealthExpression[];
}

export type HealthCheck =
  | { readonly kind: 'known'; readonly health: Health }
  | { readonly kind: 'lua'; readonly script: string; readonly openLibs: boolean }
  | { readonly kind: 'cel'; readonly steps: readonly CelStep[] };

/** The first expression that is true decides. */
export interface CelStep {
  readonly expression: string;
  readonly health: Health;
}

/** Gives a script of Argo CD's own set for a `group/Kind`; asked only about kinds that may be in it. */
export type BuiltinLua = (groupKind: string) => string | undefined;

/** Takes a live object and the rules of its App; gives how its health is found. Never fails. */
export function healthCheckOf(object: JsonObject, rules: HealthRules, builtinLua?: BuiltinLua): HealthCheck {
  const deletion = computeDeletion(object, rules.dialect);
  if (deletion !== undefined) return { kind: 'known', health: deletion };
  const program = rules.dialect === 'argo' ? luaCheckOf(object, rules, builtinLua) : celCheckOf(object, rules);
  return program ?? { kind: 'known', health: computeHealth(object, rules.dialect) };
}

function luaCheckOf(object: JsonObject, rules: HealthRules, builtinLua: BuiltinLua | undefined): HealthCheck | undefined {
  const group = groupOf(stringAt(object, 'apiVersion'));
  const kind = stringAt(object, 'kind');
  const groupKind = group === '' ? kind : `${group}/${kind}`;
  const custom = rules.customizations === undefined ? undefined : findCustom(rules.customizations, groupKind);
  if (custom !== undefined) return { kind: 'lua', script: custom.lua, openLibs: custom.openLibs };
  if (hasArgoRule(object) || isBuiltinGroup(group)) return undefined;
  const script = builtinLua?.(groupKind);
  return script === undefined ? undefined : { kind: 'lua', script, openLibs: true };
}

function findCustom(
  customizations: NonNullable<HealthRules['customizations']>,
  groupKind: string,
): { readonly lua: string; readonly openLibs: boolean } | undefined {
  const isScript = (name: string) => (customizations[name]?.lua ?? '') !== '';
  if (Object.hasOwn(customizations, groupKind) && isScript(groupKind)) return customizations[groupKind];
  const pattern = Object.keys(customizations)
    .sort()
    .find((name) => isScript(name) && matchesKindGlob(name, groupKind));
  return pattern === undefined ? undefined : customizations[pattern];
}

/** Groups of Kubernetes itself: what has a script of Argo CD's there has a rule here (a test holds this), so the set need not be loaded for them. */
const BUILTIN_GROUPS: ReadonlySet<string> = new Set(
  [
    'admissionregistration',
    'apiextensions',
    'authentication',
    'authorization',
    'certificates',
    'coordination',
    'discovery',
    'events',
    'flowcontrol.apiserver',
    'networking',
    'node',
    'rbac.authorization',
    'scheduling',
    'storage',
  ].map((name) => `${name}.k8s.io`),
);

const isBuiltinGroup = (group: string): boolean => !group.includes('.') || BUILTIN_GROUPS.has(group);

function celCheckOf(object: JsonObject, { expressions = [] }: HealthRules): HealthCheck | undefined {
  const group = groupOf(stringAt(object, 'apiVersion'));
  const kind = stringAt(object, 'kind');
  const ofGroup = expressions.filter(({ apiVersion }) => groupOf(apiVersion) === group);
  const check = ofGroup.find((one) => one.kind === kind) ?? ofGroup.find((one) => one.kind === '');
  if (check === undefined) return undefined;
  if (isUnobserved(object)) return { kind: 'known', health: progressing('the newest generation is not observed yet') };
  return { kind: 'cel', steps: stepsOf(check) };
}

/** Flux skips this where either is no whole number. */
function isUnobserved(object: JsonObject): boolean {
  const generation = fieldAt(object, 'metadata.generation');
  const observed = fieldAt(object, 'status.observedGeneration');
  return Number.isInteger(generation) && Number.isInteger(observed) && generation !== observed;
}

function stepsOf({ inProgress = '', failed = '', current }: HealthExpression): readonly CelStep[] {
  const steps = [
    { expression: inProgress, health: progressing('inProgress is true') },
    { expression: failed, health: degraded('failed is true') },
    { expression: current, health: healthy() },
  ];
  return steps.filter(({ expression }) => expression !== '');
}

/** What is said while no expression is true. */
export const NOT_CURRENT: Health = progressing('current is not true yet');
