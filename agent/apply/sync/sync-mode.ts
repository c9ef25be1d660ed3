import type { ObjectKey } from '../../../core/objects/object.ts';
import type { AppRequest, SnapshotApp } from '../../../core/protocol/messages.ts';

/** How a sync is to be done. */
export interface SyncMode {
  readonly dryRun: boolean;
  readonly confirmed: boolean;
  /** A person has confirmed the deletion of exactly these. */
  readonly deletions: ReadonlySet<ObjectKey>;
  /** Look at every object again, whatever is known. */
  readonly refresh: boolean;
  /** No receipt: nobody asked, and nothing may be done. */
  readonly silent: boolean;
  /** It may not begin yet: requests stay open until it may. */
  readonly gated?: true;
  /** A person asked for it. */
  readonly asked: boolean;
  /** It would be done without a person, too. */
  readonly automatic: boolean;
  /** Only these objects, without hooks. */
  readonly selection?: ReadonlySet<ObjectKey>;
  /** As the options of these names, this once. */
  readonly force: boolean;
  readonly replace: boolean;
}

/** What an App's policy and its open requests come to; `isStopped`: a person has ended this very sync before. */
export function modeOf(spec: SnapshotApp, requests: readonly AppRequest[], isStopped: boolean): SyncMode {
  const syncs = requests.filter((request) => request.kind === 'sync');
  const real = syncs.filter((request) => request.dryRun !== true);
  const asked = real.length > 0;
  const automatic = spec.state === 'removed' || (spec.policy.autoSync && !spec.policy.suspended && !isStopped);
  const onlyDryRun = syncs.length > 0 && !asked;
  // What a real sync is to be says nothing about a rehearsal beside it; a rehearsal alone is of exactly what it names.
  const wishes = asked ? real : syncs;
  const selected = wishes.flatMap((request) => request.resources ?? []);
  // A request for everything says more than one for a part.
  const isPart = selected.length > 0 && wishes.every((request) => request.resources !== undefined);
  return {
    dryRun: onlyDryRun || (!asked && !automatic),
    confirmed: syncs.some((request) => request.prune === true),
    deletions: new Set(real.flatMap((request) => request.deletions ?? [])),
    refresh: requests.length > 0,
    silent: !automatic && requests.length === 0,
    asked,
    automatic,
    force: wishes.some((request) => request.force === true),
    replace: wishes.some((request) => request.replace === true),
    ...(isPart ? { selection: new Set(selected) } : {}),
  };
}

/** The mode of a sync that may not begin yet: it is only looked at what it would do, and nobody is told. */
export function onlyLooking(mode: SyncMode): SyncMode {
  return { ...mode, dryRun: true, silent: true, gated: true };
}
