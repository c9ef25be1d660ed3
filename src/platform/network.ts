/** The platform's own fetch and deadlines; src/fetch says what it needs of them. */
export const workerNetwork = {
  fetch: (url: string, init: RequestInit): Promise<Response> => fetch(url, init),
  deadline: (milliseconds: number): AbortSignal => AbortSignal.timeout(milliseconds),
};
