/**
 * Names the build of an engine: the content part of the Go linker's build id, which the module carries in a section
 * of its own. Same sources, same compiler, same flags: same name. Part of every render's cache key.
 */
export function engineVersion(module: WebAssembly.Module): string {
  const [section] = WebAssembly.Module.customSections(module, 'go:buildid');
  if (section === undefined) throw new Error('the renderer module carries no build id: was it built by Go?');
  // The section holds "Go build ID" as length and text (action/…/content); the content part is the last one.
  const parts = new TextDecoder().decode(section).match(/[A-Za-z0-9_-]{16,}/g);
  const content = parts?.at(-1);
  if (content === undefined) throw new Error('the build id of the renderer module has an unknown form');
  return content;
}
