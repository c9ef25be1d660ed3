import { expect, it } from 'vitest';
import { releaseStateWarnings } from '../../../src/render/release-state.ts';

const files = (texts: { readonly [path: string]: string }) =>
  new Map(Object.entries(texts).map(([path, text]) => [path, { path, content: new TextEncoder().encode(text) }]));

it('a template that asks whether it is upgraded is named, and what only speaks of releases is not', () => {
  const found = releaseStateWarnings(
    'charts/web',
    files({
      'charts/web/templates/a.yaml': '{{ if .Release.IsUpgrade }}a{{ end }}',
      'charts/web/charts/sub/templates/b.yaml': '{{ $.Release.Revision }}',
      'charts/web/templates/c.yaml': '{{ .Release.Name }} {{ .Values.Release.IsUpgraded }}',
      'charts/web/README.md': '.Release.IsInstall',
      'other/templates/d.yaml': '.Release.IsInstall',
    }),
  );
  expect(found.map(({ code, where }) => `${code} ${where}`)).toEqual(['app.field_ignored charts/web/templates/a.yaml']);
  expect(found[0]?.message).toContain('charts/web/charts/sub/templates/b.yaml');
});

it('a chart that does not ask has no warning', () => {
  expect(releaseStateWarnings('', files({ 'templates/a.yaml': 'a' }))).toEqual([]);
});
