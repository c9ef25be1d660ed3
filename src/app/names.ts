const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** A namespace as Kubernetes allows it: lower-case letters, digits and dashes, at most 63. */
export function isNamespace(name: string): boolean {
  return LABEL.test(name);
}

/** A name as Kubernetes allows it for objects: labels joined by dots, at most 253. */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && SUBDOMAIN.test(name);
}

/**
 * The id of an App within its cluster: the name alone in the dialect's own namespace, `<namespace>_<name>` elsewhere, which is Argo CD's
 * instance name rule. Made of a checked namespace and name it is safe as a path segment; ids over 253 characters are refused elsewhere.
 */
export function appId(of: { readonly namespace: string; readonly name: string; readonly home: string }): string {
  return of.namespace === of.home ? of.name : `${of.namespace}_${of.name}`;
}

export const ARGO_NAMESPACE = 'argocd';
export const FLUX_NAMESPACE = 'flux-system';
export const MAX_ID = 253;
