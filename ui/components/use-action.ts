import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useToasts } from './toast.tsx';

export interface ActionOptions<Input, Output> {
  readonly run: (input: Input) => Promise<Output>;
  /** What to say when it is done; undefined says nothing. */
  readonly done?: (output: Output, input: Input) => string;
  /** Keys of queries that are then asked anew. */
  readonly refresh?: readonly (readonly string[])[];
  readonly onDone?: (output: Output, input: Input) => void;
}

/** Something that changes the installation: tells of success in a toast, asks anew for what it changed. Its error is for the place where it was asked for. */
export function useAction<Input, Output>(options: ActionOptions<Input, Output>): UseMutationResult<Output, Error, Input> {
  const toasts = useToasts();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: options.run,
    onSuccess: async (output, input) => {
      const text = options.done?.(output, input);
      if (text !== undefined) toasts.done(text);
      options.onDone?.(output, input);
      for (const queryKey of options.refresh ?? []) await queries.invalidateQueries({ queryKey });
    },
  });
}
