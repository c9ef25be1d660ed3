import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Dialect, HealthExpression } from '../../core/app/policy.ts';
import { readHealthCustomizations } from '../../core/health/customizations.ts';
import { fieldAt, objectsAt, stringAt } from '../../core/health/fields.ts';
import type { HealthRules } from '../../core/health/health-check.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import { itemsOf } from '../../core/objects/parse.ts';
import { parseYaml } from '../../core/objects/parse-yaml.ts';
import { type Problem, problem } from '../../core/problem/problem.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { EXIT, type Failure, fromProblem, usage } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/** All objects of files, folders (their YAML and JSON, deeper ones too) and standard input, in that order. Lists are taken apart. */
export async function readLiveObjects(
  paths: readonly string[],
  terminal: Terminal,
): Promise<Result<readonly JsonObject[], Failure>> {
  const objects: JsonObject[] = [];
  for (const path of paths) {
    const files = path === '-' ? ['-'] : await filesOf(resolve(terminal.cwd, path));
    if (files === undefined) return usage(`${path} cannot be read`);
    for (const file of files) {
      const read = await readObjects(file, terminal);
      if (!read.ok) return read;
      objects.push(...read.value);
    }
  }
  return objects.length === 0 ? usage('there are no objects in what -f names') : ok(objects);
}

async function filesOf(path: string): Promise<readonly string[] | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const found = await readdir(path, { recursive: true });
    return found
      .filter((file) => /\.(ya?ml|json)$/.test(file))
      .sort()
      .map((file) => join(path, file));
  } catch {
    return undefined;
  }
}

async function readObjects(file: string, terminal: Terminal): Promise<Result<readonly JsonObject[], Failure>> {
  const text = file === '-' ? await terminal.readInput() : await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return usage(`${file} cannot be read`);
  const { documents, problems } = parseYaml(text, { file });
  const [first] = problems;
  if (first !== undefined) return err(fromProblem(first, EXIT.usage));
  return ok(documents.flatMap(({ value }) => itemsOf(value)).filter(isObject));
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'kind' in value;

/** The rules that the flags name. */
export async function readRules(
  flags: { readonly dialect?: Dialect; readonly customizations?: string; readonly expr?: string },
  terminal: Terminal,
): Promise<Result<HealthRules, Failure>> {
  const dialect = flags.dialect ?? (flags.expr === undefined ? 'argo' : 'flux');
  if (dialect === 'flux' && flags.customizations !== undefined) return usage('--customizations are for the dialect argo');
  if (dialect === 'argo' && flags.expr !== undefined) return usage('--expr is for the dialect flux');
  const customizations = await readFrom(flags.customizations, terminal, toCustomizations);
  if (!customizations.ok) return customizations;
  const expressions = await readFrom(flags.expr, terminal, toExpressions);
  if (!expressions.ok) return expressions;
  return ok({
    dialect,
    ...(customizations.value === undefined ? {} : { customizations: customizations.value }),
    ...(expressions.value === undefined ? {} : { expressions: expressions.value }),
  });
}

async function readFrom<T>(
  file: string | undefined,
  terminal: Terminal,
  convert: (objects: readonly JsonObject[]) => Result<T, Problem>,
): Promise<Result<T | undefined, Failure>> {
  if (file === undefined) return ok(undefined);
  const objects = await readObjects(resolve(terminal.cwd, file), terminal);
  if (!objects.ok) return objects;
  const converted = convert(objects.value);
  return converted.ok ? converted : err(fromProblem({ ...converted.error, where: file }, EXIT.usage));
}

function toCustomizations(objects: readonly JsonObject[]): Result<NonNullable<HealthRules['customizations']>, Problem> {
  const data = objects.filter(({ kind }) => kind === 'ConfigMap').map((object) => fieldAt(object, 'data'));
  const settings = data.find(
    (one) => isJsonObject(one) && Object.keys(one).some((key) => key.startsWith('resource.customizations')),
  );
  if (!isJsonObject(settings)) return err(problem('app.invalid', 'it holds no ConfigMap with resource.customizations'));
  return readHealthCustomizations(settings, (text) => {
    const { documents, problems } = parseYaml(text, { file: 'resource.customizations' });
    const [first] = problems;
    return first === undefined ? ok<unknown>(documents[0]?.value) : err(first);
  });
}

function toExpressions(objects: readonly JsonObject[]): Result<readonly HealthExpression[], Problem> {
  const written = objects.flatMap((object) => objectsAt(object, 'spec.healthCheckExprs'));
  if (written.length === 0) return err(problem('app.invalid', 'it holds no spec.healthCheckExprs'));
  const expressions: HealthExpression[] = [];
  for (const one of written) {
    const [apiVersion, current] = [stringAt(one, 'apiVersion'), stringAt(one, 'current')];
    if (apiVersion === '' || current === '')
      return err(problem('app.invalid', 'each of healthCheckExprs needs apiVersion and current'));
    const [inProgress, failed] = [stringAt(one, 'inProgress'), stringAt(one, 'failed')];
    expressions.push({
      apiVersion,
      kind: stringAt(one, 'kind'),
      current,
      ...(inProgress === '' ? {} : { inProgress }),
      ...(failed === '' ? {} : { failed }),
    });
  }
  return ok(expressions);
}
