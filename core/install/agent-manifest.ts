import { sha256 } from '@noble/hashes/sha2.js';
import { stringify } from 'yaml';
import { toBase64, toHex } from '../json/bytes.ts';

/** The agent's program, gzipped. */
export interface AgentBundle {
  readonly packed: Uint8Array;
}

export interface AgentManifestOptions {
  readonly workerUrl: string;
  /** One-use enrolment token. */
  readonly token: string;
  /** base64 of the 32 bytes of the fleet's public root key. */
  readonly rootKey: string;
  readonly clusterName: string;
  readonly bundle: AgentBundle;
  /** A stock Node image: the program comes with the manifest. */
  readonly image?: string;
}

const AGENT_NAMESPACE = 'plumbline-system';
const AGENT_NAME = 'plumbline-agent';
const AGENT_IMAGE = 'docker.io/library/node:24-slim';

/** A ConfigMap may hold 1 MiB; base64 makes four bytes of three. */
const PART_BYTES = 700_000;
const labels = { 'app.kubernetes.io/name': AGENT_NAME, 'app.kubernetes.io/part-of': 'plumbline' };

/**
 * The whole installation of an agent as YAML: namespace, identity, rights, program (in as many ConfigMaps as it needs), token and Deployment.
 * To be applied server-side: client-side apply would put each ConfigMap into an annotation that cannot hold it.
 * The Deployment's command refuses to start a program whose SHA-256 is not the one written beside it.
 */
export function agentManifest(options: AgentManifestOptions): string {
  const { packed } = options.bundle;
  const digest = toHex(sha256(packed));
  const parts: Uint8Array[] = [];
  for (let at = 0; at < packed.length; at += PART_BYTES) parts.push(packed.subarray(at, at + PART_BYTES));
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: AGENT_NAMESPACE, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: AGENT_NAME, namespace: AGENT_NAMESPACE, labels } },
    ...rights(),
    ...parts.map((part, i) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: partName(i), namespace: AGENT_NAMESPACE, labels },
      binaryData: { [`agent.mjs.gz.${String(i).padStart(2, '0')}`]: toBase64(part) },
    })),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'plumbline-enrolment', namespace: AGENT_NAMESPACE, labels },
      type: 'Opaque',
      stringData: { token: options.token },
    },
    deployment(options, digest, parts.length),
  ];
  const head = `# Plumbline's agent for cluster ${options.clusterName}. Apply with: kubectl apply --server-side -f <this>\n`;
  return head + objects.map((object) => `---\n${stringify(object, { lineWidth: 0 })}`).join('');
}

/**
 * A thousand objects in 85 MB instead of 120: a small young generation, one malloc arena (threads would each keep their own), and freed
 * memory given back to the system at once.
 */
const MEMORY_SETTINGS = [
  { name: 'NODE_OPTIONS', value: '--max-old-space-size=192 --max-semi-space-size=1' },
  { name: 'MALLOC_ARENA_MAX', value: '1' },
  { name: 'MALLOC_TRIM_THRESHOLD_', value: '131072' },
  { name: 'MALLOC_MMAP_THRESHOLD_', value: '65536' },
];

const partName = (i: number) => `${AGENT_NAME}-program-${i}`;

/**
 * What the agent may touch is what this role allows: everything, as it applies whatever Git says, roles included. docs/install.md says how to
 * narrow it; what it lacks then is reported App by App as apply.forbidden.
 */
function rights(): object[] {
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: AGENT_NAME, labels },
      rules: [
        { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
        { nonResourceURLs: ['*'], verbs: ['get'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: AGENT_NAME, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: AGENT_NAME },
      subjects: [{ kind: 'ServiceAccount', name: AGENT_NAME, namespace: AGENT_NAMESPACE }],
    },
  ];
}

function deployment(options: AgentManifestOptions, digest: string, parts: number): object {
  const start = [
    'cat /program/agent.mjs.gz.* > /run/plumbline/agent.mjs.gz',
    `echo '${digest}  /run/plumbline/agent.mjs.gz' | sha256sum -c -`,
    'gunzip -c /run/plumbline/agent.mjs.gz > /run/plumbline/agent.mjs',
    'exec node /run/plumbline/agent.mjs',
  ].join(' && ');
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: AGENT_NAME, namespace: AGENT_NAMESPACE, labels },
    spec: {
      replicas: 1,
      // Two agents with one identity would fight over every write.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { 'app.kubernetes.io/name': AGENT_NAME } },
      template: {
        metadata: { labels, annotations: { 'plumbline.dev/program': `sha256:${digest}` } },
        spec: {
          serviceAccountName: AGENT_NAME,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroup: 1000,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'agent',
              image: options.image ?? AGENT_IMAGE,
              command: ['/bin/sh', '-c', start],
              env: [
                { name: 'PLUMBLINE_URL', value: options.workerUrl },
                { name: 'PLUMBLINE_ROOT_KEY', value: options.rootKey },
                { name: 'PLUMBLINE_TOKEN', valueFrom: { secretKeyRef: { name: 'plumbline-enrolment', key: 'token' } } },
                { name: 'PLUMBLINE_ALIVE_FILE', value: '/run/plumbline/alive' },
                ...MEMORY_SETTINGS,
              ],
              // Room for the agent's own heap and, beside it, for a program of a user that takes all that it may (sandbox/).
              resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '448Mi' } },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
              // A poll is held for 25 s; an agent that has not come round for two minutes hangs.
              livenessProbe: {
                exec: { command: ['/bin/sh', '-c', 'test -n "$(find /run/plumbline/alive -mmin -2)"'] },
                initialDelaySeconds: 60,
                periodSeconds: 30,
              },
              volumeMounts: [
                { name: 'program', mountPath: '/program', readOnly: true },
                { name: 'work', mountPath: '/run/plumbline' },
              ],
            },
          ],
          volumes: [
            {
              name: 'program',
              projected: { sources: Array.from({ length: parts }, (_, i) => ({ configMap: { name: partName(i) } })) },
            },
            { name: 'work', emptyDir: {} },
          ],
        },
      },
    },
  };
}
