import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { describeFirstAdmin } from './first-admin.ts';
import { loadSecrets } from './secrets.ts';
import { startWorker } from './start-worker.ts';

interface ServeFlags {
  readonly host: string;
  readonly port: string;
  readonly data: string;
  readonly url?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly allowNetwork: string[];
  readonly allowHost: string[];
}

const collect = (value: string, all: string[]) => [...all, value];

/** `plumb serve`: the whole Worker on one machine. */
export function defineServe(program: Command): void {
  program
    .command('serve')
    .description('run the Worker on this machine, with its storage on disk')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', '8787')
    .option('--data <folder>', 'where state and secrets are kept', '.plumbline')
    .option('--url <url>', 'how agents and Git hosts reach this Worker, when not by --host and --port')
    .option('--cert <file>', 'TLS certificate (PEM)')
    .option('--key <file>', 'private key of the certificate (PEM)')
    .option('--allow-network <cidr>', 'a private network that sources may live in; may be repeated', collect, [])
    .option(
      '--allow-host <name>',
      'a host that sources may live on although its name or address is private; may be repeated',
      collect,
      [],
    )
    .addHelpText(
      'after',
      `
Examples:
  plumb serve
  plumb serve --host 0.0.0.0 --port 8443 --cert tls.crt --key tls.key --url https://plumbline.example.org
  plumb serve --allow-network 10.0.0.0/8 --allow-host git.corp.example.org`,
    )
    .action((flags: ServeFlags, command: Command) => {
      if ((flags.cert === undefined) !== (flags.key === undefined))
        command.error('--cert and --key belong together: give both or neither');
      if (!/^\d{1,5}$/.test(flags.port)) command.error(`--port ${flags.port} is not a port`);
      return serve(flags);
    });
}

async function serve(flags: ServeFlags): Promise<void> {
  const dataDir = resolve(flags.data);
  const secrets = await loadSecrets(dataDir);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const worker = await startWorker({
    host: flags.host,
    port: Number(flags.port),
    dataDir: resolve(dataDir, 'state'),
    ...secrets,
    allowNetworks: flags.allowNetwork,
    allowHosts: flags.allowHost,
    ...(flags.url === undefined ? {} : { publicUrl: flags.url }),
    ...(flags.cert === undefined || flags.key === undefined ? {} : { tls: { cert: flags.cert, key: flags.key } }),
    progress: say,
    log: say,
  });
  const url = flags.url ?? worker.url;
  await mkdir(dataDir, { recursive: true });
  await writeFile(resolve(dataDir, 'cli.json'), JSON.stringify({ url, token: secrets.apiToken }), { mode: 0o600 });
  say(
    `Plumbline serves ${url}. \`plumb\` in this folder uses it by itself; its settings are in ${resolve(dataDir, 'cli.json')}.`,
  );
  const firstAdmin = await describeFirstAdmin(worker, { url, apiToken: secrets.apiToken });
  if (firstAdmin !== undefined) say(firstAdmin);
  await new Promise<void>((done) => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  await worker.stop();
}
