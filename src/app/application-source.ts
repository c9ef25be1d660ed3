import type { AppRender, AppSource } from '../../core/app/app.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import { parseYaml } from '../../core/objects/parse-yaml.ts';
import type { RenderHelm, RenderKustomize } from '../../core/render/render-types.ts';
import { SOURCE_SHAPE } from './application-shape.ts';
import { type BuildEnvironment, createBuildEnvironment, substitute } from './build-environment.ts';
import { isVersionRange, parseRepositoryUrl, revisionFault } from './git-reference.ts';
import { parseRepositoryPath } from './repository-path.ts';
import { invalid, type Notes, readShape, type Shaped, unsupported } from './shape.ts';

type Source = Shaped<typeof SOURCE_SHAPE>;

/** What an Application's source needs to know of the Application around it. */
export interface SourceContext {
  /** `spec.source`, or `spec.sources[0]`. */
  readonly path: string;
  readonly name: string;
  readonly namespace: string;
  readonly project: string;
  readonly knownRepositories: readonly string[];
  readonly notes: Notes;
}

/** Reads one source of an Application; undefined when the notes say why it cannot be used. */
export function readSource(
  value: JsonObject,
  context: SourceContext,
): { readonly source: AppSource; readonly render: AppRender } | undefined {
  const { notes } = context;
  const before = notes.refusals.length;
  const spec = readShape(value, { shape: SOURCE_SHAPE, path: context.path, notes });
  const source = readLocation(spec, context);
  if (notes.refusals.length > before || source === undefined) return undefined;
  const environment = createBuildEnvironment({ ...context, ...source, targetRevision: source.revision });
  const render = readRender(spec, { ...context, source, environment });
  return notes.refusals.length > before ? undefined : { source, render };
}

function readLocation(spec: Source, { path: at, knownRepositories, notes }: SourceContext): AppSource | undefined {
  if (spec.repoURL === undefined || spec.repoURL === '') return void invalid(notes, `${at}.repoURL`, 'is missing');
  if (spec.path === undefined) return void invalid(notes, `${at}.path`, 'is missing; `.` is the root of the repository');
  const url = parseRepositoryUrl(spec.repoURL, { known: knownRepositories, where: notes.where });
  if (!url.ok) return void notes.refusals.push(url.error);
  const path = parseRepositoryPath(spec.path, { absolute: 'refused' });
  if (!path.ok) return void invalid(notes, `${at}.path`, path.error);
  const revision = spec.targetRevision === undefined || spec.targetRevision === '' ? 'HEAD' : spec.targetRevision;
  if (isVersionRange(revision))
    return void unsupported(
      notes,
      `${at}.targetRevision`,
      'version ranges over tags are not supported yet; name a tag or a branch',
    );
  const fault = revisionFault(revision);
  if (fault !== undefined) return void invalid(notes, `${at}.targetRevision`, fault);
  return { repoURL: url.value, revision, path: path.value };
}

interface RenderContext extends SourceContext {
  readonly source: AppSource;
  readonly environment: BuildEnvironment;
}

/** Argo CD's rule: the block that is there decides, two are an error, none asks the tree. */
function readRender(spec: Source, context: RenderContext): AppRender {
  const engines = (['kustomize', 'helm', 'directory'] as const).filter((engine) => spec[engine] !== undefined);
  const [engine = 'auto'] = engines;
  if (engines.length > 1) invalid(context.notes, context.path, `${engines.join(' and ')} exclude each other`);
  const usesHelm = engine === 'helm' || engine === 'auto';
  return {
    engine,
    ...(spec.kustomize === undefined ? {} : { kustomize: toJson(readKustomize(spec.kustomize, context)) }),
    ...(usesHelm ? { helm: toJson(readHelm(spec.helm ?? {}, context)) } : {}),
    ...(spec.directory === undefined ? {} : { directory: toJson(spec.directory) }),
    ...(context.namespace === '' ? {} : { namespace: context.namespace }),
  };
}

function toJson(options: object): JsonObject {
  // The shapes hold JSON only, which is what the options were read from.
  return options as JsonObject;
}

function readKustomize(spec: NonNullable<Source['kustomize']>, context: RenderContext): RenderKustomize {
  const { commonAnnotationsEnvsubst, patches, replicas, ...rest } = spec;
  const at = `${context.path}.kustomize`;
  for (const [index, component] of (spec.components ?? []).entries())
    checkInside(component, `${at}.components[${index}]`, context);
  return {
    ...rest,
    ...(commonAnnotationsEnvsubst === true && rest.commonAnnotations !== undefined
      ? { commonAnnotations: substituteAll(rest.commonAnnotations, `${at}.commonAnnotations`, context) }
      : {}),
    ...(patches === undefined ? {} : { patches: patches.map((patch) => readPatch(patch)) }),
    ...(replicas === undefined ? {} : { replicas: readReplicas(replicas, at, context.notes) }),
  };
}

type Patch = NonNullable<NonNullable<Source['kustomize']>['patches']>[number];

function readPatch({ options, ...patch }: Patch): NonNullable<RenderKustomize['patches']>[number] {
  if (options === undefined) return patch;
  return { ...patch, options: Object.fromEntries(Object.entries(options).map(([key, value]) => [key, value === true])) };
}

function readReplicas(
  replicas: NonNullable<NonNullable<Source['kustomize']>['replicas']>,
  at: string,
  notes: Notes,
): NonNullable<RenderKustomize['replicas']> {
  return replicas.flatMap(({ name, count }, index) => {
    if (name !== undefined && count !== undefined) return [{ name, count }];
    invalid(notes, `${at}.replicas[${index}]`, 'needs a name and a count');
    return [];
  });
}

function readHelm(spec: NonNullable<Source['helm']>, context: RenderContext): RenderHelm {
  const { values, valuesObject, parameters, fileParameters, valueFiles, releaseName, ...rest } = spec;
  const at = `${context.path}.helm`;
  const merged = readValues(spec, at, context);
  return {
    ...rest,
    releaseName: releaseName ?? context.name,
    ...(rest.namespace === undefined && context.namespace !== '' ? { namespace: context.namespace } : {}),
    ...(merged === undefined ? {} : { values: merged }),
    ...(valueFiles === undefined
      ? {}
      : { valueFiles: valueFiles.map((file, i) => readFile(file, `${at}.valueFiles[${i}]`, context)) }),
    ...(parameters === undefined ? {} : { parameters: readParameters(parameters, at, context) }),
    ...(fileParameters === undefined ? {} : { fileParameters: readFileParameters(fileParameters, at, context) }),
  };
}

/** `valuesObject` wins over `values`, as in Argo CD: they are not merged. */
function readValues(spec: NonNullable<Source['helm']>, at: string, { notes }: RenderContext): JsonObject | undefined {
  if (spec.valuesObject !== undefined) return spec.valuesObject;
  if (spec.values === undefined || spec.values.trim() === '') return undefined;
  const { documents, problems } = parseYaml(spec.values, { file: `${at}.values` });
  const [document] = documents;
  for (const found of problems)
    notes.refusals.push({ ...found, message: `${found.where}: ${found.message}`, where: notes.where });
  if (problems.length > 0 || document === undefined) return undefined;
  if (documents.length === 1 && isJsonObject(document.value)) return document.value;
  return void invalid(notes, `${at}.values`, 'must hold one YAML map');
}

type Parameters = NonNullable<NonNullable<Source['helm']>['parameters']>;

function readParameters(parameters: Parameters, at: string, context: RenderContext): NonNullable<RenderHelm['parameters']> {
  return parameters.flatMap(({ name, value, forceString }, index) => {
    const path = `${at}.parameters[${index}]`;
    if (name === undefined || name === '') return missingName(path, context);
    const replaced = replaceVariables(value ?? '', path, context);
    return [{ name, value: replaced, ...(forceString === undefined ? {} : { forceString }) }];
  });
}

type FileParameters = NonNullable<NonNullable<Source['helm']>['fileParameters']>;

function readFileParameters(
  files: FileParameters,
  at: string,
  context: RenderContext,
): NonNullable<RenderHelm['fileParameters']> {
  return files.flatMap(({ name, path }, index) => {
    const where = `${at}.fileParameters[${index}]`;
    if (name === undefined || name === '' || path === undefined) return missingName(where, context);
    return [{ name, path: readFile(path, where, context) }];
  });
}

function missingName(path: string, { notes }: RenderContext): [] {
  invalid(notes, path, 'needs a name and what it is set to');
  return [];
}

/** A file beside the chart or, with a leading slash, below the root; S01: nothing outside of the repository. */
function readFile(file: string, path: string, context: RenderContext): string {
  const replaced = replaceVariables(file, path, context);
  if (/^[a-z][a-z0-9+.-]*:/i.test(replaced))
    unsupported(context.notes, path, 'files are read from the repository only, not from URLs');
  else checkInside(replaced, path, context);
  return replaced;
}

function checkInside(file: string, path: string, { source, notes }: RenderContext): void {
  const full = file.startsWith('/') ? file.slice(1) : `${source.path}/${file}`;
  const parsed = parseRepositoryPath(full, { absolute: 'from_root' });
  if (!parsed.ok) invalid(notes, path, parsed.error);
}

function replaceVariables(text: string, path: string, { environment, notes }: RenderContext): string {
  const replaced = substitute(text, environment);
  if (replaced.ok) return replaced.value;
  unsupported(notes, path, `$${replaced.error} is only known when rendering`);
  return text;
}

function substituteAll(
  texts: { readonly [key: string]: string },
  path: string,
  context: RenderContext,
): { readonly [key: string]: string } {
  return Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, replaceVariables(value, `${path}[${key}]`, context)]),
  );
}
