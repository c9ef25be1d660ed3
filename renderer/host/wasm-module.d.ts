/** wrangler and workerd compile the module before the Worker starts. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  // biome-ignore lint/style/noDefaultExport: this is how the platform gives the module
  export default module;
}
