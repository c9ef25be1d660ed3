import type { App } from '../../core/app/app.ts';
import type { AppPolicy } from '../../core/app/policy.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import type { Manifest } from '../../core/objects/object.ts';
import { policyFault } from './shared-values.ts';

/**
 * Gives Apps the parts of their own definition that `readyExpr` may read: those with such an expression, and those that one speaks of. Of a spec only the fields
 * that an expression names are given, because values of charts may hold secrets, and a policy is shown to people and kept in the ledger.
 */
export function withDefinitions(apps: readonly App[], manifests: ReadonlyMap<App, Manifest>): readonly App[] {
  const byName = new Map(apps.map((app) => [`${app.cluster}/${app.id}`, app]));
  const expressions = new Map<App, string>();
  const add = (app: App | undefined, text: string) => {
    if (app !== undefined) expressions.set(app, `${expressions.get(app) ?? ''}\n${text}`);
  };
  for (const app of apps) {
    for (const { app: name, cluster, readyExpr } of app.policy.dependsOn ?? []) {
      if (readyExpr === undefined) continue;
      add(app, readyExpr);
      add(byName.get(`${cluster ?? app.cluster}/${name}`), readyExpr);
    }
  }
  if (expressions.size === 0) return apps;
  return apps.map((app) => {
    const [text, manifest] = [expressions.get(app), manifests.get(app)];
    if (text === undefined || manifest === undefined) return app;
    const policy = { ...app.policy, definition: definitionOf(manifest, text) };
    // What no snapshot could carry is left out: the expression then says itself what it misses.
    return policyFault(policy) === undefined ? { ...app, policy } : app;
  });
}

function definitionOf(manifest: Manifest, expressions: string): NonNullable<AppPolicy['definition']> {
  const { labels, annotations } = manifest.metadata;
  const spec = isJsonObject(manifest['spec'] ?? null) ? (manifest['spec'] as { readonly [field: string]: unknown }) : {};
  const words = new Set(expressions.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []);
  const named = Object.fromEntries(Object.entries(spec).filter(([field]) => words.has(field)));
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    // Parts of a document that was parsed as JSON.
    ...(Object.keys(named).length === 0 ? {} : { spec: named as NonNullable<NonNullable<AppPolicy['definition']>['spec']> }),
  };
}
