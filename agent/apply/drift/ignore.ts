import type { AppPolicy } from '../../../core/app/policy.ts';
import type { ClusterSettings } from '../../../core/app/settings.ts';
import { type Differences, findDifferences, type IgnoredPaths } from '../../../core/diff/changed-fields.ts';
import { FIELD_MANAGER } from '../../../core/diff/comparable.ts';
import {
  type CompiledRule,
  compileIgnoreRules,
  compileUpdateRules,
  namedPaths,
  pointedPaths,
  rulesFor,
} from '../../../core/diff/ignore-rules.ts';
import { pathsProgram, readPaths } from '../../../core/diff/jq-paths.ts';
import { keepLive } from '../../../core/diff/keep-live.ts';
import { type FieldPath, withoutPaths } from '../../../core/diff/pointer.ts';
import { isSame } from '../../../core/diff/same.ts';
import { describeRef, type Json, type JsonObject } from '../../../core/objects/object.ts';
import type { PreparedObject } from '../../../core/plan/prepare.ts';
import { type Problem, problem } from '../../../core/problem/problem.ts';
import type { Result } from '../../../core/result.ts';

/** Runs a jq program; the sandbox's, with its limits. */
export type RunJq = (program: string, input: Json) => Promise<Result<readonly Json[], Problem>>;

/** What differs, and what is to be written instead of the object's own body, if anything. */
export interface Found extends Differences {
  readonly body?: string;
  /** The same where only drift is put right, if that leaves more alone. */
  readonly healBody?: string;
}

/**
 * Which differences do not count, for every object of every App. An object without rules costs a look into a map, and pointers cost no request
 * and no wait; only jq goes through the sandbox, and only for an object that was compared.
 */
export interface IgnoreRules {
  /** The App's objects were prepared: its rules hold for them from now on. */
  readonly adopt: (
    app: string,
    objects: readonly PreparedObject[],
    policy: AppPolicy,
    settings: ClusterSettings | undefined,
  ) => void;
  /** The App is gone. */
  readonly forget: (app: string) => void;
  /** What applying would change and counts. */
  readonly differences: (object: PreparedObject, live: JsonObject, wanted: JsonObject) => Found | Promise<Found>;
  /** The live object without the fields that do not count when they alone change. */
  readonly relevant: (object: PreparedObject, live: JsonObject) => JsonObject;
  /** True when nothing can be said about differences without the live object: they may be ignored, or live values be kept. */
  readonly needsLive: (object: PreparedObject) => boolean;
  /** What is to be told of an object of an App, whatever its state; undefined for nothing any more. */
  readonly note: (object: PreparedObject, found: Problem | undefined) => void;
  /** Rules of an App that are not valid, or that failed on an object that differs; and what was noted. */
  readonly problemsOf: (app: string) => readonly Problem[];
}

export interface IgnoreOptions {
  readonly jq: RunJq;
  /** The problems of an App have changed. */
  readonly changed: (app: string) => void;
}

interface AppRules {
  readonly app: string;
  readonly rules: readonly CompiledRule[];
  readonly updates: readonly CompiledRule[];
  /** Count what only the API server would change. */
  readonly countForeign: boolean;
  /** By rule, or by rule and object. */
  readonly problems: Map<string, Problem>;
}

interface ObjectRules {
  readonly of: AppRules;
  readonly rules: readonly CompiledRule[];
  readonly updates: readonly CompiledRule[];
}

const MAX_PROBLEMS = 20;
const NOTE = 'note ';

/** No rules yet. */
export function createIgnoreRules({ jq, changed }: IgnoreOptions): IgnoreRules {
  const apps = new Map<string, AppRules>();
  const owners = new WeakMap<PreparedObject, AppRules>();
  const matched = new WeakMap<PreparedObject, ObjectRules>();

  const rulesOf = (object: PreparedObject): ObjectRules | undefined => {
    const of = owners.get(object);
    if (of === undefined) return undefined;
    const known = matched.get(object);
    if (known !== undefined) return known;
    const rules = rulesFor(of.rules, object.ref, object.apiVersion);
    const made = { of, rules, updates: rulesFor(of.updates, object.ref, object.apiVersion) };
    matched.set(object, made);
    return made;
  };

  const note = (of: AppRules, key: string, found: Problem | undefined): void => {
    const known = of.problems.get(key);
    if (known?.message === found?.message || (found !== undefined && of.problems.size >= MAX_PROBLEMS)) return;
    if (found === undefined) of.problems.delete(key);
    else of.problems.set(key, found);
    changed(of.app);
  };

  /** The fields that jq expressions name in both objects. What fails names nothing: its differences count. */
  const jqPaths: JqPaths = async (rules, inputs, failed) => {
    const paths: [FieldPath[], FieldPath[]] = [[], []];
    for (const rule of rules) {
      for (const expression of rule.jq) {
        const answer = await jq(pathsProgram(expression), inputs);
        if (!answer.ok) {
          failed(rule, answer.error);
          continue;
        }
        const [both] = answer.value;
        for (const i of [0, 1] as const) {
          const found = Array.isArray(both) && answer.value.length === 1 ? readPaths(both[i] ?? null, inputs[i]) : undefined;
          if (typeof found === 'object') paths[i].push(...found);
          else failed(rule, problem('script.failed', found ?? 'it does not name fields'));
        }
      }
    }
    return paths;
  };

  const find = async (own: ObjectRules, object: PreparedObject, live: JsonObject, wanted: JsonObject): Promise<Found> => {
    const rules = own.rules.filter((rule) => rule.selection.matches(wanted));
    const failures: { readonly rule: CompiledRule; readonly why: Problem }[] = [];
    const fail = (rule: CompiledRule, why: Problem) => void failures.push({ rule, why });
    const named = namedPaths(rules, live, wanted);
    const [inLive, inWanted] = await jqPaths(rules, [live, wanted], fail);
    const ignored: IgnoredPaths = { live: [...named.live, ...inLive], wanted: [...named.wanted, ...inWanted] };
    const found = counted(findDifferences(live, wanted, ignored), own.of);
    for (const rule of rules.filter((candidate) => candidate.jq.length > 0)) {
      const why = failures.find((failure) => failure.rule === rule)?.why;
      // A rule that is about another shape of object than this one is no mistake, unless its object differs.
      const counts = why !== undefined && (why.code !== 'script.failed' || found.fields.length > 0);
      const where = why?.code === 'script.syntax' ? {} : { where: describeRef(object.ref) };
      const key = why?.code === 'script.syntax' ? rule.name : `${rule.name} ${object.key}`;
      note(own.of, key, counts ? problem('diff.ignore_invalid', `${rule.name}: ${why.message}`, where) : undefined);
    }
    if (found.fields.length === 0) return found;
    const keep = (keeping: readonly CompiledRule[]) => bodyFor({ rules: keeping, object, live, jqPaths });
    const body = await keep(rules.filter((rule) => rule.keep === 'live' || rule.keep === 'unowned'));
    const healBody = rules.some((rule) => rule.keep === 'heal') ? await keep(rules.filter((rule) => rule.keep !== 'none')) : body;
    return { ...found, ...(body === undefined ? {} : { body }), ...(healBody === undefined ? {} : { healBody }) };
  };

  return {
    adopt(app, objects, policy, settings) {
      const own = compileIgnoreRules(policy, settings);
      const updates = compileUpdateRules(settings);
      const before = apps.get(app)?.problems ?? new Map<string, Problem>();
      const problems = new Map(
        [...own.problems, ...updates.problems].slice(0, MAX_PROBLEMS).map((found) => [found.message, found]),
      );
      const countForeign = policy.dialect === 'flux' || policy.sync?.includeMutations === true;
      // What was noted of an object holds until it is written again.
      for (const { key } of objects) {
        const noted = before.get(`${NOTE}${key}`);
        if (noted !== undefined) problems.set(`${NOTE}${key}`, noted);
      }
      const of: AppRules = { app, rules: own.rules, updates: updates.rules, countForeign, problems };
      apps.set(app, of);
      for (const object of objects) owners.set(object, of);
      if (before.size > 0 || problems.size > 0) changed(app);
    },
    forget: (app) => void apps.delete(app),
    differences(object, live, wanted) {
      const own = rulesOf(object);
      if (own === undefined) return findDifferences(live, wanted);
      if (own.rules.length === 0) return counted(findDifferences(live, wanted), own.of);
      return find(own, object, live, wanted);
    },
    relevant(object, live) {
      const own = rulesOf(object);
      if (own === undefined || own.rules.length + own.updates.length === 0) return live;
      const rules = [...own.rules, ...own.updates].filter((rule) => rule.selection.matches(live));
      const paths = pointedPaths(rules, live);
      return paths.length === 0 ? live : withoutPaths(live, paths);
    },
    needsLive: (object) => (rulesOf(object)?.rules.length ?? 0) > 0,
    note(object, found) {
      const of = owners.get(object);
      if (of !== undefined) note(of, `${NOTE}${object.key}`, found);
    },
    problemsOf: (app) => [...(apps.get(app)?.problems.values() ?? [])],
  };
}

function counted(found: Differences, of: AppRules): Differences {
  if (!of.countForeign || found.foreign.length === 0) return found;
  const fields = found.fields.filter((field) => field !== '/metadata/managedFields');
  return { fields: [...fields, ...found.foreign], foreign: found.foreign };
}

type JqPaths = (
  rules: readonly CompiledRule[],
  inputs: readonly [JsonObject, JsonObject],
  failed: (rule: CompiledRule, why: Problem) => void,
) => Promise<readonly [FieldPath[], FieldPath[]]>;

interface Keeping {
  readonly rules: readonly CompiledRule[];
  readonly object: PreparedObject;
  readonly live: JsonObject;
  readonly jqPaths: JqPaths;
}

/** The body with the live values that its rules keep; undefined when nothing of it changes. */
async function bodyFor({ rules, object, live, jqPaths }: Keeping): Promise<string | undefined> {
  const target = JSON.parse(object.body) as JsonObject; // made by prepareObject from an object
  let result = target;
  for (const keep of ['live', 'unowned'] as const) {
    const those = rules.filter((rule) => (rule.keep === 'heal' ? 'unowned' : rule.keep) === keep);
    if (those.length === 0) continue;
    const named = namedPaths(those, live, target);
    const [inLive, inTarget] = await jqPaths(those, [live, target], () => undefined);
    const ignored = { target: [...named.wanted, ...inTarget], live: [...named.live, ...inLive] };
    result = keepLive({ target: result, live, ignored, keep, self: FIELD_MANAGER });
  }
  return isSame(result, target) ? undefined : withMetadataLast(result);
}

/** The form that bodyWith needs: metadata stands last. */
function withMetadataLast(object: JsonObject): string {
  const { metadata, ...rest } = object;
  return JSON.stringify({ ...rest, metadata });
}
