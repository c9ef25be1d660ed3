import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { ObjectView } from '../../../core/api/tree.ts';
import type { ObjectKey } from '../../../core/objects/object.ts';
import { answer, param } from '../../api/client.ts';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';

/** An object as the agent reads it now, and as Git wants it; Secret values are masked. Each look is recorded, so it is not repeated by itself. */
export function useObject(address: AppAddress, key: ObjectKey): UseQueryResult<ObjectView> {
  return useQuery({
    queryKey: appKeys.object(address, key),
    queryFn: () => answer(appApi.object.$get({ param: param(address), query: { key } })),
    gcTime: 60_000,
    staleTime: 15_000,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}
