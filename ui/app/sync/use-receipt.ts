import { useQuery } from '@tanstack/react-query';
import type { Receipt } from '../../../core/protocol/messages.ts';
import { asApiProblem } from '../../api/api-problem.ts';
import { answer, param } from '../../api/client.ts';
import { type AppAddress, appKeys } from '../data/app-address.ts';
import { appApi } from '../data/use-app.ts';

const POLL_MS = 800;

/** The receipt that answers a request, asked for until it is there; undefined until then. `error` is what else went wrong. */
export function useReceipt(address: AppAddress, id: string | undefined): { readonly receipt?: Receipt; readonly error?: Error } {
  const { data, error } = useQuery({
    queryKey: appKeys.receipt(address, id ?? ''),
    enabled: id !== undefined,
    queryFn: () => readReceipt(address, id ?? ''),
    refetchInterval: ({ state }) => (state.data === undefined || state.data === null ? POLL_MS : false),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { ...(data === undefined || data === null ? {} : { receipt: data }), ...(error === null ? {} : { error }) };
}

/** Null while there is none: it is not an error to be early. */
async function readReceipt(address: AppAddress, id: string): Promise<Receipt | null> {
  try {
    return await answer(appApi.receipt.$get({ param: param(address), query: { id } }));
  } catch (error) {
    if (asApiProblem(error).status === 404) return null;
    throw error;
  }
}
