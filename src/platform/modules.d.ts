/** Files that wrangler and build/worker-bundle.ts attach as data. */
declare module '*.gz' {
  const bytes: ArrayBuffer;
  export default bytes;
}
