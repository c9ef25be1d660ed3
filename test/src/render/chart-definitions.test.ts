import { expect, it } from 'vitest';
import type { JsonObject } from '../../../core/objects/object.ts';
import { CHART_DEFINITION } from '../../../core/render/chart-definition.ts';
import { markChartDefinitions } from '../../../src/render/chart-definitions.ts';

const definition = (name: string): JsonObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name, annotations: { own: 'x' } },
});
const OBJECTS = [
  definition('a'),
  definition('b'),
  definition('c'),
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
];
const FILES = [
  'charts/web/crds/a.yaml',
  'charts/web/charts/sub/crds/b.yaml',
  'charts/web/templates/crds/c.yaml',
  'charts/web/crds/x.yaml',
];

const marked = (objects: readonly JsonObject[]) =>
  objects.flatMap(({ metadata }) => {
    const { name, annotations } = metadata as { name: string; annotations?: { [key: string]: string } };
    return annotations?.[CHART_DEFINITION] === 'true' ? [name] : [];
  });

it('definitions of crds/ are marked, of the chart and of the charts in it, and none of the templates', () => {
  const origins = FILES.map((file) => ({ file }));
  expect(marked(markChartDefinitions({ origins }, OBJECTS, { path: 'charts/web', files: new Map() }))).toEqual(['a', 'b']);
});

it('definitions of crds/ are known by their names when post-renderers have lost where they come from', () => {
  const files = new Map(
    FILES.slice(0, 3).map((path, i) => [path, { path, content: new TextEncoder().encode(JSON.stringify(OBJECTS[i])) }]),
  );
  const origins = FILES.map(() => ({ file: '' }));
  expect(marked(markChartDefinitions({ origins }, OBJECTS, { path: 'charts/web', files }))).toEqual(['a', 'b']);
});
