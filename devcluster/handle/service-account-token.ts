import { type ApiAccess, callApi } from './api-client.ts';

/**
 * Asks the TokenRequest API for a token of a ServiceAccount, valid for an hour.
 * @throws when the request is refused, for example because there is no such ServiceAccount
 */
export async function requestToken(
  access: ApiAccess,
  account: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const answer = await callApi(access, {
    method: 'POST',
    path: `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } },
  });
  if (answer.status !== 201) {
    throw new Error(`no token for ServiceAccount ${account.namespace}/${account.name}: the API server answered ${answer.status}`);
  }
  // A TokenRequest that was accepted has a token; anything else would be a fault of the API server.
  return (JSON.parse(answer.text) as { readonly status: { readonly token: string } }).status.token;
}
