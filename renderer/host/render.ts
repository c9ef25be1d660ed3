import { encodeRenderRequest, type RenderRequest, type RenderResponse } from '../../core/render/render-types.ts';
import type { Engine } from './engine.ts';

/** Renders with an engine in this process: a request in, the parsed response out. Never throws. */
export function render(engine: Engine, request: RenderRequest): RenderResponse {
  return parseRenderResponse(engine.renderBytes(encodeRenderRequest(request)));
}

/** Reads the engine's answer; it is our own module's, so its shape is trusted. */
export function parseRenderResponse(bytes: Uint8Array): RenderResponse {
  return JSON.parse(new TextDecoder().decode(bytes)) as RenderResponse;
}
