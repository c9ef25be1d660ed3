import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useToasts } from '../../components/toast.tsx';
import { type AppAddress, appKeys } from './app-address.ts';

export interface DecisionOptions<Input> {
  readonly run: (input: Input) => Promise<unknown>;
  /** What is said when it was accepted. */
  readonly done: string;
  readonly onDone?: () => void;
}

/** Something that a person decides about an App: when the API took it, everything that is known of the App is asked for again. */
export function useDecision<Input = void>(
  address: AppAddress,
  { run, done, onDone }: DecisionOptions<Input>,
): UseMutationResult<unknown, Error, Input> {
  const queries = useQueryClient();
  const toasts = useToasts();
  return useMutation({
    mutationFn: run,
    onSuccess: () => {
      toasts.done(done);
      void queries.invalidateQueries({ queryKey: appKeys.all(address) });
      onDone?.();
    },
  });
}
