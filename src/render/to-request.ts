import type { AppRender } from '../../core/app/app.ts';
import type { RenderDirectory, RenderHelm, RenderKustomize, RenderRequest } from '../../core/render/render-types.ts';
import type { RenderJob } from '../platform/ports.ts';

/** The engine's request for an App, without files. The option objects were made by src/app in the shapes of render-types. */
export function toRequest(job: RenderJob, engine: RenderRequest['engine']): RenderRequest {
  const { render, source } = job;
  const base = { engine, path: source.path, files: [] };
  switch (engine) {
    case 'helm':
      return { ...base, helm: helmOptions(render, job.policyName) };
    case 'kustomize':
      return {
        ...base,
        kustomize: {
          ...(render.kustomize as RenderKustomize | undefined),
          ...(render.generateKustomization === true ? { generate: true } : {}),
        },
      };
    case 'directory':
      return { ...base, directory: (render.directory ?? {}) as RenderDirectory };
  }
}

/** Argo CD's defaults: the release is named after the App and lives in its destination namespace. */
function helmOptions(render: AppRender, name: string): RenderHelm {
  const options = (render.helm ?? {}) as RenderHelm;
  return {
    ...options,
    releaseName: options.releaseName ?? name,
    ...(options.namespace === undefined && render.namespace !== undefined ? { namespace: render.namespace } : {}),
  };
}
