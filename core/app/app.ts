import type { ControlRules } from '../control/control-rules.ts';
import type { JsonObject } from '../objects/object.ts';
import type { Problem } from '../problem/problem.ts';
import type { AppPolicy, Dialect } from './policy.ts';

/** Where an App was defined. */
export interface AppOrigin {
  readonly dialect: Dialect;
  readonly kind: 'Application' | 'Kustomization' | 'HelmRelease';
  readonly namespace: string;
  readonly name: string;
  /** Repository-relative path of the file in the fleet path, and the line where the document starts (1-based). */
  readonly file: string;
  readonly line: number;
}

/** What is rendered: a path of a Git repository at a branch, tag, `HEAD` or commit. */
export interface AppSource {
  readonly repoURL: string;
  readonly revision: string;
  /** Repository-relative, without leading `./` or trailing slash; the root is the empty string. */
  readonly path: string;
}

/** How it is rendered. `auto` asks the tree, as Argo CD does: Chart.yaml → helm, kustomization → kustomize, else directory. */
export interface AppRender {
  readonly engine: 'auto' | 'directory' | 'kustomize' | 'helm';
  readonly kustomize?: JsonObject;
  readonly helm?: JsonObject;
  readonly directory?: JsonObject;
  /** Flux: a path without kustomization.yaml gets one generated from all its YAML files. */
  readonly generateKustomization?: boolean;
  /** Mark the definitions of a chart's `crds/` folder, which are written by rules of their own (core/render/chart-definition.ts). */
  readonly marksDefinitions?: boolean;
  /** Which tests of a release are left out: those that are excluded, and where some are included all others (Flux `test.filters`). */
  readonly tests?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  /** Flux `spec.targetNamespace` / Argo's destination namespace: given to objects of namespaced kinds that name none. */
  readonly namespace?: string;
}

/**
 * One Argo CD `Application`, one Flux `Kustomization` or one Flux `HelmRelease`, parsed.
 * `id` is unique per cluster: Argo CD's instance name rule (`web`, or `team_web` outside the default namespace); safe as a path segment.
 */
export interface App {
  readonly id: string;
  readonly cluster: string;
  readonly project: string;
  readonly origin: AppOrigin;
  readonly source: AppSource;
  readonly render: AppRender;
  readonly policy: AppPolicy;
  /** Labels of its definition: people group and search by them. */
  readonly labels?: { readonly [name: string]: string };
  /** `plumbline.dev/badge: public`: everybody may see its status badge. */
  readonly badge?: 'public';
  /** `notifications.argoproj.io/*` annotations of its definition, as they stand there. */
  readonly subscriptions?: { readonly [annotation: string]: string };
  /** Approvals and automatic rollback. */
  readonly control?: ControlRules;
  /** Things the author should know; the App works all the same. */
  readonly warnings: readonly Problem[];
}
