import type { Bundle } from '../../core/bundle/bundle.ts';
import { objectDigests } from '../../core/bundle/bundle-digest.ts';
import type { Because, Deploy } from '../../core/ledger/entry.ts';
import { addDeployment } from '../deliver/deployments.ts';
import type { DesiredApp } from '../deliver/desired-apps.ts';
import type { CommitInfo } from '../platform/ports.ts';
import { type ClusterWriter, forgetUnwanted } from './cluster-writer.ts';

/** The ledger's entry of an App that is to run a bundle: `digest` and `commit` of the row name it. */
export function toDeploy(
  { definition, commit, digest, problems }: DesiredApp,
  bundle: Bundle,
  how: Because & { readonly as: NonNullable<Deploy['as']>; readonly generation: number },
): Deploy {
  if (commit === undefined || digest === undefined) throw new Error('what has no bundle cannot be deployed');
  // What a person decided is not the work of who wrote the commit.
  const author = how.as === 'deploy' && how.actor === undefined ? toAuthor(commit) : undefined;
  return {
    kind: 'deploy',
    ...how,
    app: definition,
    revision: commit.commit,
    bundle: digest,
    objects: bundle.objects,
    digests: objectDigests(bundle),
    subject: commit.subject,
    problems,
    ...(author === undefined ? {} : { author }),
  };
}

/** Who wrote the source commit, where it says so. */
function toAuthor({ author, email, committedAt }: CommitInfo): { name: string; email: string; at: number } | undefined {
  return email === undefined || author === '' ? undefined : { name: author, email, at: committedAt };
}

/** Notes that something else is delivered from now on; call it inside the transaction that decides so. */
export function beginDeployment(
  writer: Pick<ClusterWriter, 'sql' | 'bundles'>,
  { definition, commit, digest }: DesiredApp,
  how: Because & {
    readonly entry: string;
    readonly generation: number;
    readonly action: 'deploy' | 'rollback';
    readonly at: number;
  },
): void {
  if (commit === undefined || digest === undefined) return;
  const { at, ...rest } = how;
  const { commit: revision, subject, author, committedAt } = commit;
  const dropped = addDeployment(writer.sql, definition.id, {
    ...rest,
    ...{ time: at, revision, subject, author, committedAt, bundle: digest },
    course: {},
  });
  for (const one of dropped) forgetUnwanted(writer, one);
}
