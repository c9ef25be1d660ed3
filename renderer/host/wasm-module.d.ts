/** wrangler and workerd compile the module before the Worker starts. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
