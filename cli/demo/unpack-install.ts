import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';

/** What the install manifest's Deployment would run, unpacked for a machine that has no kubelet. */
export interface UnpackedInstall {
  /** The agent's program. */
  readonly bundle: string;
  /** Its environment, with the values of the Secrets that the manifest itself holds. */
  readonly env: Readonly<Record<string, string>>;
  readonly sha256: string;
}

interface Loaded {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly env?: readonly EnvVar[] }[] } };
  };
}
interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

/**
 * Takes the agent out of an install manifest: its program from the ConfigMaps' binary data, in the order of their keys, and its environment
 * from the Deployment. Throws when the manifest has no agent in it.
 */
export async function unpackInstall(manifest: string, dir: string): Promise<UnpackedInstall> {
  const objects = parseAllDocuments(manifest).map((document) => document.toJS() as Loaded); // our own manifest, served by our own Worker
  const parts = objects
    .filter((object) => object.kind === 'ConfigMap')
    .flatMap((object) => Object.entries(object.binaryData ?? {}))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, data]) => Buffer.from(data, 'base64'));
  const container = objects.find((object) => object.kind === 'Deployment')?.spec?.template?.spec?.containers?.[0];
  if (parts.length === 0 || container === undefined) throw new Error('the install manifest holds no agent');
  const packed = Buffer.concat(parts);
  const program = gunzipSync(packed);
  await mkdir(dir, { recursive: true });
  const bundle = join(dir, 'agent.mjs');
  await writeFile(bundle, program);
  const secrets = new Map(
    objects.filter((object) => object.kind === 'Secret').map((object) => [object.metadata?.name ?? '', object]),
  );
  const env = Object.fromEntries((container.env ?? []).flatMap((variable) => resolveVariable(variable, secrets)));
  return { bundle, env, sha256: createHash('sha256').update(program).digest('hex') };
}

function resolveVariable(variable: EnvVar, secrets: ReadonlyMap<string, Loaded>): [string, string][] {
  if (variable.value !== undefined) return [[variable.name, variable.value]];
  const ref = variable.valueFrom?.secretKeyRef;
  const secret = ref === undefined ? undefined : secrets.get(ref.name);
  if (ref === undefined || secret === undefined) return [];
  const plain = secret.stringData?.[ref.key];
  const encoded = secret.data?.[ref.key];
  if (plain !== undefined) return [[variable.name, plain]];
  return encoded === undefined ? [] : [[variable.name, Buffer.from(encoded, 'base64').toString()]];
}
