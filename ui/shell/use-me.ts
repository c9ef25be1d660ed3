import { useQuery } from '@tanstack/react-query';
import type { Me } from '../../core/api/access.ts';
import { answer, client } from '../api/client.ts';

/** Who is signed in; undefined until that is known. */
export function useMe(): Me | undefined {
  return useQuery({ queryKey: ['me'], queryFn: () => answer(client.me.$get()), staleTime: 60_000 }).data;
}

/** Whether the caller may do something to everything: `useCan('clusters, create')`. False until that is known. */
export function useCan(permission: string): boolean {
  return useMe()?.can[permission] === true;
}
