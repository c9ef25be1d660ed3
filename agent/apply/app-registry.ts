import type { AppStatus } from '../../core/app/status.ts';
import type { Digest } from '../../core/bundle/bundle.ts';
import type { ObjectKey } from '../../core/objects/object.ts';
import type { LiveRecord } from '../../core/plan/live-record.ts';
import type { PreparedBundle } from '../../core/plan/prepare.ts';
import type { SnapshotApp } from '../../core/protocol/messages.ts';
import type { AcceptedSnapshot } from '../../core/protocol/snapshot-rules.ts';
import type { AppRuntime } from './app-runtime.ts';
import type { ObjectWatch } from './drift/object-watch.ts';
import type { ObjectTools } from './object/object-tools.ts';
import type { SyncGates } from './sync/sync-gates.ts';

/** What syncs need of the fleet. */
export interface AppRegistry {
  readonly accepted: AcceptedSnapshot | undefined;
  readonly ownerOf: (key: ObjectKey, app: string) => string | undefined;
  readonly isWantedByOther: (key: ObjectKey, app: string) => boolean;
  readonly drop: (record: LiveRecord) => void;
  readonly forget: (runtime: AppRuntime) => void;
  readonly followKinds: (keys?: readonly ObjectKey[]) => void;
  readonly prepare: (runtime: AppRuntime, spec: SnapshotApp, bundle: NonNullable<AppRuntime['bundle']>) => Promise<boolean>;
  /** The objects of a bundle that the App went back to, or is to; undefined when it cannot be had. */
  readonly prepareOther: (runtime: AppRuntime, digest: Digest) => Promise<PreparedBundle | undefined>;
  /** What the App is to be kept at: what Git wants, or what a failed release went back to. */
  readonly setWanted: (runtime: AppRuntime, prepared: PreparedBundle) => void;
  /** A sync has ended: what was seen meanwhile and not explained by it. */
  readonly lookAgain: (runtime: AppRuntime) => void;
  readonly statusOf: (id: string) => AppStatus | undefined;
  readonly toolsOf: (runtime: AppRuntime) => ObjectTools;
  readonly watch: ObjectWatch;
  readonly gates: SyncGates;
  /** The App's status is to be reported; `touch` of the sink wakes its own sync too. */
  readonly tell: (app: string) => void;
}
