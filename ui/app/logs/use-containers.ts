import { useQuery } from '@tanstack/react-query';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { useObject } from '../object/use-object.ts';
import { toContainers } from './containers.ts';

/** Names of a Pod's containers, the init containers behind the others; empty while they are not known. */
export function useContainers(address: AppAddress, pod: string): readonly string[] {
  const { data } = useObject(address, pod);
  const live = data?.live;
  const names = useQuery({
    queryKey: [...appKeys.object(address, pod), 'containers', live],
    enabled: live !== undefined,
    // A parser of YAML is large: it comes when somebody looks at logs.
    queryFn: async () => toContainers((await import('yaml')).parse(live ?? '')),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return names.data ?? [];
}
