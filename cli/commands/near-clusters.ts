import { err, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import type { Failure } from '../failure.ts';
import { nearNames } from '../output/near-names.ts';

/** The failure of a command on a cluster, with the names that could have been meant when there is none of this name. */
export async function withNearClusters(api: ApiClient, name: string, failure: Failure): Promise<Result<never, Failure>> {
  if (failure.code !== 'api.not_found') return err(failure);
  const known = await api.call('GET /clusters', {});
  const names = known.ok ? known.value.clusters.map((cluster) => cluster.name) : [];
  const near = nearNames(name, names);
  const fix = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : '`plumb cluster list` shows them.';
  return err({ ...failure, fix });
}
