import { QueryClient } from '@tanstack/react-query';
import { ApiProblem, asApiProblem } from './api-problem.ts';

const RETRIES = 2;

/** One cache for the whole page. What the API refuses is not asked for again; what the network lost is, twice. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < RETRIES && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
      },
      mutations: { retry: false },
    },
  });
  const look = (error: unknown) => {
    if (asApiProblem(error).status === 401) onSignedOut();
  };
  client.getQueryCache().config.onError = look;
  client.getMutationCache().config.onError = look;
  return client;
}
