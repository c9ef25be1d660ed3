/** What one run of kubectl gave. */
export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Kubernetes cluster to test and demonstrate with, whoever runs it. */
export interface Cluster {
  /** `https://127.0.0.1:41234`. */
  readonly server: string;
  /** The CA certificate(s) as PEM; empty when the system's are to be trusted. */
  readonly ca: string;
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string;
  /** Runs kubectl with that kubeconfig; `input` goes to its standard input (`apply -f -`). A failure is a code, not an exception. */
  kubectl(args: readonly string[], options?: { readonly input?: string }): Promise<KubectlResult>;
  /**
   * Issues a token of a ServiceAccount through the TokenRequest API, valid for an hour.
   * @throws when there is no such ServiceAccount
   */
  serviceAccountToken(namespace: string, name: string): Promise<string>;
}

/** A cluster of our own, whose parts can be stopped and started again. */
export interface Devcluster extends Cluster {
  /** Member of system:masters, as a bearer token. */
  readonly adminToken: string;
  /** The binary with every component and kubectl in it (the kubectl of KUBEBUILDER_ASSETS when that is set). */
  readonly binary: string;
  /** Data, keys and logs of this cluster. */
  readonly dataDir: string;
  /** One JSON event a line: every request but health checks, as metadata. Only with `audit`. */
  readonly auditLog?: string;
  /** The processes that run at this moment, by component. */
  readonly processes: () => Readonly<Record<string, number>>;
  /** Ends the API server; `SIGKILL` (the default) is a crash, `SIGTERM` takes it some seconds. */
  stopApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Ends etcd, `SIGKILL` by default; the API server stays, unable to read or write. */
  stopEtcd(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port; the API server notices within seconds. */
  startEtcd(): Promise<void>;
  /** Ends everything; removes the data folder unless the caller named it. */
  stop(): Promise<void>;
}
