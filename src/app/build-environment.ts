import { err, ok, type Result } from '../../core/result.ts';

/** What Argo CD's `$ARGOCD_APP_…` stand for in an App; those that are only known when rendering are not among them. */
export type BuildEnvironment = ReadonlyMap<string, string>;

const LATE = /^(?:ARGOCD_APP_REVISION(?:_SHORT(?:_8)?)?|KUBE_VERSION|KUBE_API_VERSIONS)$/;

export function createBuildEnvironment(app: {
  readonly name: string;
  readonly namespace: string;
  readonly project: string;
  readonly path: string;
  readonly repoURL: string;
  readonly targetRevision: string;
}): BuildEnvironment {
  return new Map([
    ['ARGOCD_APP_NAME', app.name],
    ['ARGOCD_APP_NAMESPACE', app.namespace],
    ['ARGOCD_APP_PROJECT_NAME', app.project],
    ['ARGOCD_APP_SOURCE_PATH', app.path],
    ['ARGOCD_APP_SOURCE_REPO_URL', app.repoURL],
    ['ARGOCD_APP_SOURCE_TARGET_REVISION', app.targetRevision],
  ]);
}

/**
 * Replaces `$name` and `${name}` as Argo CD does (Go's os.Expand): `$$` is a dollar, an unknown name is empty.
 * Fails with the name of a variable that is only known when rendering.
 * https://github.com/argoproj/argo-cd/blob/v3.5.7/pkg/apis/application/v1alpha1/types.go#L181
 */
export function substitute(text: string, environment: BuildEnvironment): Result<string, string> {
  if (!text.includes('$')) return ok(text);
  let late: string | undefined;
  const replaced = text.replace(/\$(?:\{([^{}]*)\}|([A-Za-z_][A-Za-z0-9_]*)|([$*#@!?0-9-]))/g, (_, braced, bare, special) => {
    const name = String(braced ?? bare ?? special);
    if (LATE.test(name)) late = name;
    return name === '$' ? '$' : (environment.get(name) ?? '');
  });
  return late === undefined ? ok(replaced) : err(late);
}
