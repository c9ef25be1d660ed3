import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { ClusterAdded, FleetKeys } from '../../core/api/views.ts';
import { ok, type Result } from '../../core/result.ts';
import type { ApiClient } from '../connection/api-client.ts';
import type { Settings } from '../connection/settings.ts';
import { EXIT, type Failure, notAsAsked } from '../failure.ts';
import { formatFields } from '../output/table.ts';
import { addConnectionOptions, addExamples, addReasonOption, handle, type Outcome, type Session, toWhy } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { withNearClusters } from './near-clusters.ts';

interface Flags {
  readonly key?: string;
  readonly reason?: string;
}

/** `plumb cluster add <cluster>`: the one command that installs an agent, and what to compare before running it. */
export function defineClusterAdd(cluster: Command, terminal: Terminal): void {
  const command = addConnectionOptions(
    cluster
      .command('add')
      .description('print the command that installs the agent of a new cluster')
      .argument('<name>', 'lower-case letters, digits and dashes'),
  ).option('--key <file>', 'root key to compare with (default: root-key.pem beside your settings)');
  addExamples(command, [
    ['print the command', 'plumb cluster add eu-1'],
    ['install at once', `plumb cluster add eu-1 -o json | jq -r .install | xargs kubectl --context eu-1 apply --server-side -f`],
  ]);
  handle<Flags>(command, terminal, (session, [name = '']) =>
    install(session, name, (api) => api.call('POST /clusters', { body: { name } })),
  );
}

/** `plumb cluster rotate <cluster>`: a new install command; the agent that runs stops being heard when the new one enrols. */
export function defineClusterRotate(cluster: Command, terminal: Terminal): void {
  const command = addReasonOption(
    addConnectionOptions(
      cluster
        .command('rotate')
        .description(
          'print a new install command for a cluster: the one before stops working; the agent keeps its key unless its Secret is deleted first',
        )
        .argument('<cluster>', 'its name'),
    ).option('--key <file>', 'root key to compare with (default: root-key.pem beside your settings)'),
  );
  addExamples(command, [
    ['when an install command may be known to others', 'plumb cluster rotate eu-1 -m "it was posted in a chat"'],
  ]);
  handle<Flags>(command, terminal, (session, [name = '']) =>
    install(session, name, async (api) => {
      const rotated = await api.call('POST /clusters/:name/rotate', { params: { name }, body: toWhy(session.flags) });
      return rotated.ok ? rotated : withNearClusters(api, name, rotated.error);
    }),
  );
}

/** Has the Worker make an install URL, compares what it serves with the root key, and prints how to use it. */
async function install(
  { flags, writer, terminal, settings, api }: Session<Flags>,
  name: string,
  make: (api: ApiClient) => Promise<Result<ClusterAdded, Failure>>,
): Promise<Outcome> {
  const connection = await settings();
  if (!connection.ok) return connection;
  const client = await api();
  if (!client.ok) return client;
  const fleet = await client.value.call('GET /keys', {});
  if (!fleet.ok) return fleet;
  if (fleet.value.root === undefined) return notAsAsked('this fleet has no root key yet', 'Run `plumb fleet init` first.');
  const root = await checkRoot(fleet.value.root, flags.key, terminal);
  if (!root.ok) return root;
  const added = await make(client.value);
  if (!added.ok) return added;
  const { install } = added.value;
  const manifest = await fetchManifest(client.value, install, fleet.value.root.key);
  if (!manifest.ok) return manifest;
  const sha256 = createHash('sha256').update(manifest.value).digest('hex');
  const result = { name, install, sha256, fingerprint: root.value.fingerprint, rootChecked: root.value.path !== undefined };
  await writer.result(
    result,
    () => `${installCommand(install, connection.value)}\n${formatFields(describe(result, root.value.path), terminal)}`,
  );
  return ok(EXIT.ok);
}

interface CheckedRoot {
  readonly fingerprint: string;
  /** The local key that it was compared with; undefined when there is none. */
  readonly path: string | undefined;
}

async function checkRoot(
  claimed: FleetKeys['root'] & object,
  flag: string | undefined,
  terminal: Terminal,
): Promise<Result<CheckedRoot, Failure>> {
  const { fingerprint, readRootKey, rootKeyPath } = await import('../keys/root-key.ts');
  const local = await readRootKey(rootKeyPath(flag, terminal));
  if (!local.ok) return local;
  const own = local.value?.signer.publicKey;
  if (own === undefined && flag !== undefined) return notAsAsked(`there is no root key at ${flag}`);
  if (own !== undefined && own.key !== claimed.key) {
    return notAsAsked(
      `the Worker names the root key ${fingerprint(claimed)}, yours is ${fingerprint(own)}: an agent installed now would not obey you`,
      'Check the URL of the Worker, or name the root key of this fleet with --key.',
    );
  }
  return ok({ fingerprint: fingerprint(claimed), path: local.value?.path });
}

async function fetchManifest(api: ApiClient, install: string, rootKey: string): Promise<Result<string, Failure>> {
  const manifest = await api.text(install);
  if (!manifest.ok) return manifest;
  const { pinnedRoots } = await import('../keys/pinned-roots.ts');
  const pinned = pinnedRoots(manifest.value);
  if (pinned.length !== 1 || pinned[0] !== rootKey) {
    return notAsAsked(
      'the install manifest does not pin the root key of this fleet',
      'Do not apply it: somebody may have changed it on the way.',
    );
  }
  return manifest;
}

function installCommand(install: string, { caFile }: Settings): string {
  const apply = 'kubectl apply --server-side -f';
  // kubectl knows no CA for the URL of a manifest.
  return caFile === undefined ? `${apply} ${install}\n` : `curl -fsS --cacert '${caFile}' ${install} | ${apply} -\n`;
}

function describe(
  { name, sha256, fingerprint }: { readonly name: string; readonly sha256: string; readonly fingerprint: string },
  path: string | undefined,
): readonly (readonly [string, string])[] {
  return [
    ['Cluster', name],
    ['Manifest', `sha256:${sha256}`],
    [
      'Root key',
      `${fingerprint} (${path === undefined ? 'compare it: there is no root key on this machine' : `the one in ${path}`})`,
    ],
  ];
}
