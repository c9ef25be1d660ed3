/** Starts a cluster by hand: `node devcluster/handle/main.ts [--data-dir DIR] [--durable] [--audit] [--no-controllers]`. */
import { parseArgs } from 'node:util';
import { startDevcluster } from './start-devcluster.ts';

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    durable: { type: 'boolean', default: false },
    audit: { type: 'boolean', default: false },
    'no-controllers': { type: 'boolean', default: false },
  },
});

const started = performance.now();
const cluster = await startDevcluster({
  durable: values.durable,
  audit: values.audit,
  controllers: !values['no-controllers'],
  ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }),
  progress: (line) => process.stderr.write(`${line}\n`),
});
process.stderr.write(
  `ready after ${((performance.now() - started) / 1_000).toFixed(1)} s; its kubeconfig is below, Ctrl-C ends it\n`,
);
process.stdout.write(`${cluster.kubeconfig}\n`);

// The components keep nothing alive in this process, so something else has to.
const alive = setInterval(() => undefined, 60_000);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    clearInterval(alive);
    void cluster.stop();
  });
}
