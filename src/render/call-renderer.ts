import { type Problem, problem } from '../../core/problem/problem.ts';
import { encodeRenderRequest, type RenderRequest, type RenderResponse } from '../../core/render/render-types.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** Sends requests to the renderer's Worker. */
export type RendererCall = (request: RenderRequest) => Promise<Result<RenderResponse, Problem>>;

/**
 * The renderer behind a service binding. It answers 200 with a response for everything that it understood; whatever else comes back
 * means that its isolate or process was lost, which concerns this App alone: the next call finds a new one.
 */
export function rendererCall(binding: { fetch(url: string, init: RequestInit): Promise<Response> }): RendererCall {
  return async (request) => {
    try {
      const response = await binding.fetch('http://renderer/', { method: 'POST', body: encodeRenderRequest(request) });
      const body = (await response.json()) as RenderResponse; // our own Worker, built from the same types
      if (response.ok || body.problem !== undefined) return ok(body);
      return err(problem('render.unavailable', `the renderer answered ${response.status}`));
    } catch (error) {
      return err(
        problem('render.unavailable', `the renderer did not answer (${error instanceof Error ? error.name : 'unknown'})`),
      );
    }
  };
}
