import type { Sandbox, SandboxOptions } from '../../core/health/sandbox.ts';

/** The real sandbox. It is a program of its own (sandbox/tsconfig.json), so it is loaded by its address. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const door = new URL('../../sandbox/sandbox.ts', import.meta.url).href;
  // What sandbox/sandbox.ts exports.
  const { createSandbox } = (await import(door)) as { readonly createSandbox: (options: SandboxOptions) => Sandbox };
  return createSandbox(options);
}
