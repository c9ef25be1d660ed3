/** The reason as the API takes it: left out where there is none. */
export function why(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
