/**
 * Every field that upstream's own definitions of their objects have stands in our tables, as used, warned of or refused: a field that they add is seen here
 * when the pinned version is raised. Fetched from their Go modules, never copied.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type GoModule, goModule } from '../../../build/go-module.ts';
import { ARGO_CD } from '../../../build/lua-scripts.ts';
import { APPLICATION_SHAPE, SOURCE_SHAPE } from '../../../src/app/application-shape.ts';
import { HELM_RELEASE_SHAPE, KUSTOMIZATION_SHAPE } from '../../../src/app/flux-shapes.ts';
import { PROJECT_SHAPE } from '../../../src/app/project-shape.ts';
import type { Shape } from '../../../src/app/shape.ts';

const KUSTOMIZE_API: GoModule = {
  path: 'github.com/fluxcd/kustomize-controller/api',
  version: 'v1.9.5',
  sum: 'h1:Z4CA0cpC9rQmWiJWT9PCNO7+v3PVbAOK+5byHdbtFt8=',
};
const HELM_API: GoModule = {
  path: 'github.com/fluxcd/helm-controller/api',
  version: 'v1.6.4',
  sum: 'h1:jDgB87F6RRNF0QEZDAw+8+HPU13toF5IZpPsytA0Nuo=',
};

interface Schema {
  readonly properties?: { readonly [field: string]: Schema };
  readonly items?: Schema;
}

/** Fields of a schema that a shape does not speak of; what a shape refuses, ignores or takes whole is not looked into. */
function missing(schema: Schema, shape: Shape, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const at = `${path}.${name}`;
    const field = at === 'spec.source' ? ({ use: 'object', shape: SOURCE_SHAPE } as const) : shape[name];
    if (field === undefined) return [at];
    if (field.use === 'object') return missing(value, field.shape, at);
    return field.use === 'list' ? missing(value.items ?? {}, field.shape, `${at}[]`) : [];
  });
}

test.each([
  ['application', APPLICATION_SHAPE],
  ['appproject', PROJECT_SHAPE],
])('every field of Argo CD’s %s', async (name, shape) => {
  const file = join(await goModule(ARGO_CD), 'manifests', 'crds', `${name}-crd.yaml`);
  // A CustomResourceDefinition, as Argo CD installs it.
  const crd = parse(await readFile(file, 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] };
  };
  const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec ?? {};
  expect(Object.keys(spec.properties ?? {}).length).toBeGreaterThan(5);
  expect(missing(spec, shape.spec.shape, 'spec')).toEqual([]);
});

/** Names of all fields that a shape speaks of, at any depth. */
function namesOf(shape: Shape): string[] {
  return Object.entries(shape).flatMap(([name, field]) =>
    field.use === 'object' || field.use === 'list' ? [name, ...namesOf(field.shape)] : [name],
  );
}

/** Of objects that are refused whole nobody looks at the fields. */
const REFUSED_WHOLE = new Set(['HelmChartTemplateVerification', 'HelmChartTemplateObjectMeta']);

test.each([
  ['Kustomization', KUSTOMIZE_API, 'v1/kustomization_types.go', KUSTOMIZATION_SHAPE],
  ['HelmRelease', HELM_API, 'v2/helmrelease_types.go', HELM_RELEASE_SHAPE],
] as const)('every field of Flux’ %s', async (kind, module, file, shape) => {
  const source = await readFile(join(await goModule(module), file), 'utf8');
  const [spec = ''] = source.split(`type ${kind}Status struct`);
  const structs = [...spec.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms)];
  const fields = structs
    .filter(([, name = '']) => !REFUSED_WHOLE.has(name))
    .flatMap(([, , body = '']) => [...body.matchAll(/json:"([A-Za-z]+)/g)].map(([, field = '']) => field));
  expect(fields.length).toBeGreaterThan(20);
  const known = new Set(namesOf(shape));
  expect([...new Set(fields)].filter((field) => !known.has(field))).toEqual([]);
});
