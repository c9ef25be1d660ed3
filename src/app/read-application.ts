import type { App } from '../../core/app/app.ts';
import type { JsonObject } from '../../core/objects/object.ts';
import type { ManifestDocument } from '../../core/objects/parse.ts';
import { readPolicy } from './application-policy.ts';
import { APPLICATION_SHAPE } from './application-shape.ts';
import { readSource } from './application-source.ts';
import { readDestination } from './destination.ts';
import { DEFAULT_BUDGET, type FleetContext, knownRepositories } from './fleet-context.ts';
import { ARGO_NAMESPACE, appId, isNamespace, isObjectName, MAX_ID } from './names.ts';
import { invalid, type Notes, readShape, unsupported, warn } from './shape.ts';

/** Reads an Argo CD Application; undefined when the notes' refusals say why it cannot be used. */
export function readApplication(document: ManifestDocument, context: FleetContext, notes: Notes): App | undefined {
  const { manifest, file, line } = document;
  const { name, namespace = ARGO_NAMESPACE } = manifest.metadata;
  const id = appId({ namespace, name, home: ARGO_NAMESPACE });
  if (!isObjectName(name) || id.length > MAX_ID)
    invalid(notes, 'metadata.name', 'is not a name that Kubernetes allows, or is too long');
  if (!isNamespace(namespace)) invalid(notes, 'metadata.namespace', 'is not a name of a namespace');
  const { spec } = readShape(manifest, { shape: APPLICATION_SHAPE, path: '', notes });
  if (spec === undefined) return void invalid(notes, 'spec', 'is missing');
  const project = spec.project === undefined || spec.project === '' ? 'default' : spec.project;
  if (project !== 'default') warn(notes, 'spec.project', 'the restrictions of AppProjects are not enforced yet');
  const cluster = readDestination(spec.destination ?? {}, context, notes);
  const chosen = chooseSource(spec, notes);
  const targetNamespace = spec.destination?.namespace ?? '';
  const read =
    chosen === undefined
      ? undefined
      : readSource(chosen.value, {
          path: chosen.path,
          name,
          namespace: targetNamespace,
          project,
          knownRepositories: knownRepositories(context),
          notes,
        });
  const budget = context.budget ?? DEFAULT_BUDGET;
  const policy = readPolicy(spec, { name, namespace, metadata: manifest.metadata, budget, notes });
  if (notes.refusals.length > 0 || cluster === undefined || read === undefined) return undefined;
  const origin = { dialect: 'argo', kind: 'Application', namespace, name, file, line } as const;
  return { id, cluster, project, origin, ...read, policy, warnings: notes.warnings };
}

/** `sources` wins over `source` when it is not empty, as in Argo CD; only one entry is supported. */
function chooseSource(
  spec: { readonly source?: JsonObject; readonly sources?: readonly JsonObject[] },
  notes: Notes,
): { readonly value: JsonObject; readonly path: string } | undefined {
  const [first, second] = spec.sources ?? [];
  if (second !== undefined) return void unsupported(notes, 'spec.sources', 'more than one source is not supported yet');
  if (first !== undefined) return { value: first, path: 'spec.sources[0]' };
  if (spec.source !== undefined) return { value: spec.source, path: 'spec.source' };
  return void invalid(notes, 'spec.source', 'is missing');
}
