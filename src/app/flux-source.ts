import { type Problem, problem } from '../../core/problem/problem.ts';
import type { GitSource } from './read-git-repository.ts';
import { invalid, type Notes, unsupported } from './shape.ts';

/** The GitRepositories of a fleet: those that can be used, and why others cannot, by `namespace/name`. */
export interface GitSources {
  readonly usable: ReadonlyMap<string, GitSource>;
  readonly refused: ReadonlyMap<string, readonly Problem[]>;
}

/** The GitRepository that a `sourceRef` names; undefined when the notes say why there is none. */
export function findSource(
  ref: { readonly kind?: string; readonly name?: string; readonly namespace?: string },
  at: { readonly path: string; readonly namespace: string; readonly sources: GitSources; readonly notes: Notes },
): GitSource | undefined {
  const { notes, path } = at;
  if (ref.kind === undefined || ref.name === undefined) return void invalid(notes, path, 'needs a kind and a name');
  if (ref.kind !== 'GitRepository')
    return void unsupported(notes, `${path}.kind`, `${ref.kind.slice(0, 60)} is not supported yet`);
  const key = `${ref.namespace || at.namespace}/${ref.name}`.slice(0, 330);
  const source = at.sources.usable.get(key);
  if (source !== undefined) return source;
  const refusals = at.sources.refused.get(key);
  if (refusals === undefined)
    notes.refusals.push(
      problem('app.source_unknown', `${path}: no GitRepository ${key} is in the fleet path`, { where: notes.where }),
    );
  for (const { code, message } of refusals ?? [])
    notes.refusals.push(problem(code, `${path}: GitRepository ${key} cannot be used: ${message}`, { where: notes.where }));
  return undefined;
}
