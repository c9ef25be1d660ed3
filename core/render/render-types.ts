/**
 * What is said to the renderer and what it answers.
 *
 * A request travels as one buffer: the length of the header (4 bytes, little-endian), the header as JSON, the known paths
 * each followed by a zero byte, then the contents of `files` one after another in that order. A response is JSON.
 */
import { toUtf8 } from '../json/bytes.ts';
import type { JsonObject } from '../objects/object.ts';
import type { ProblemCode } from '../problem/codes.ts';

/** One file of the tree. A `link` holds its target as content. */
export interface RenderFile {
  /** Relative to the root of the repository, with slashes. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode?: 'file' | 'link';
}

/** Kustomize's patch target. */
export interface RenderSelector {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly annotationSelector?: string;
}

/** One entry of Kustomize's `patches`. */
export interface RenderPatch {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: RenderSelector;
  readonly options?: Readonly<Record<string, boolean>>;
}

/** An image to change: Argo CD's notation (`web=registry/web:1.2`), or Flux' fields. */
export type RenderImage =
  | string
  | { readonly name: string; readonly newName?: string; readonly newTag?: string; readonly digest?: string };

/** Labels and annotations laid over every object after the build; they win (Flux' commonMetadata). */
export interface RenderMetadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What an App adds to an overlay: `source.kustomize` of Argo CD, or the spec of a Flux Kustomization. */
export interface RenderKustomize {
  /** `argo` (default) builds as `kustomize build` does; `flux` keeps the order of the files and lets bases reach everywhere in the tree. */
  readonly dialect?: 'argo' | 'flux';
  /** Without a kustomization.yaml, make the one that Flux makes of all YAML files below the path. */
  readonly generate?: boolean;
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  /** Argo CD's `namespace`, Flux' `targetNamespace`. */
  readonly namespace?: string;
  readonly images?: readonly RenderImage[];
  readonly replicas?: readonly { readonly name: string; readonly count: number | string }[];
  readonly patches?: readonly RenderPatch[];
  readonly components?: readonly string[];
  readonly ignoreMissingComponents?: boolean;
  readonly commonLabels?: Readonly<Record<string, string>>;
  readonly forceCommonLabels?: boolean;
  readonly labelWithoutSelector?: boolean;
  readonly labelIncludeTemplates?: boolean;
  readonly commonAnnotations?: Readonly<Record<string, string>>;
  readonly forceCommonAnnotations?: boolean;
  readonly commonMetadata?: RenderMetadata;
  readonly buildMetadata?: readonly string[];
  /** Overrules the dialect: whether files outside the overlay's own folder may be loaded. */
  readonly loadRestrictions?: 'root' | 'none';
}

/** How to render a chart. The path is a folder with a Chart.yaml, or a packed chart (.tgz). */
export interface RenderHelm {
  readonly releaseName?: string;
  readonly namespace?: string;
  /** Laid over the value files: an object, or YAML text, which Helm's own reader takes (it reads YAML 1.1: `on` is true). */
  readonly values?: JsonObject | string;
  /** Relative to the chart; with a leading slash relative to the root of the repository. `*`, `?`, `[…]` and `**` match as in Argo CD. */
  readonly valueFiles?: readonly string[];
  /** Take the place of the chart's own values.yaml (a Flux HelmChart's `valuesFiles`); relative to the root of the repository. */
  readonly chartValueFiles?: readonly string[];
  readonly ignoreMissingValueFiles?: boolean;
  readonly parameters?: readonly { readonly name: string; readonly value: string; readonly forceString?: boolean }[];
  readonly fileParameters?: readonly { readonly name: string; readonly path: string }[];
  readonly skipCrds?: boolean;
  readonly skipTests?: boolean;
  readonly skipHooks?: boolean;
  readonly skipSchemaValidation?: boolean;
  readonly kubeVersion?: string;
  /** Besides the built-in versions: what the cluster serves, as `group/version` or `group/version/Kind`. */
  readonly apiVersions?: readonly string[];
  readonly isUpgrade?: boolean;
  /** Kustomize passes over the chart's output, one after another (a HelmRelease's `postRenderers`). */
  readonly postRenderers?: readonly { readonly images?: readonly RenderImage[]; readonly patches?: readonly RenderPatch[] }[];
  readonly commonMetadata?: RenderMetadata;
}

/** Which files of a folder of plain manifests to take (`source.directory` of Argo CD). */
export interface RenderDirectory {
  readonly recurse?: boolean;
  readonly include?: string;
  readonly exclude?: string;
  readonly jsonnet?: JsonObject;
}

/** Bounds of one render; what is absent has the engine's default. Work is counted in steps, never in time. */
export interface RenderLimits {
  readonly steps?: number;
  readonly outputBytes?: number;
  readonly objects?: number;
  readonly depth?: number;
  readonly memoryBytes?: number;
}

/** One render. */
export interface RenderRequest {
  readonly engine: 'kustomize' | 'helm' | 'directory';
  /** The App's path, relative to the root of the repository; empty for the root. */
  readonly path: string;
  readonly files: readonly RenderFile[];
  /** Paths (files and links) that exist in the commit and whose content is not sent. */
  readonly known?: readonly string[];
  readonly kustomize?: RenderKustomize;
  readonly helm?: RenderHelm;
  readonly directory?: RenderDirectory;
  readonly limits?: RenderLimits;
}

/**
 * Everything that a render looked at; its result can only change when one of these does:
 * the content of a file (a followed link counts as one), the names in a directory, a missing path
 * that appears, a probed path that disappears or changes its kind.
 */
export interface RenderReads {
  readonly files: readonly string[];
  readonly dirs: readonly string[];
  readonly missing: readonly string[];
  readonly probed: readonly string[];
}

/** Why a render gave nothing. */
export interface RenderProblem {
  readonly code: Extract<ProblemCode, `render.${string}`>;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
}

/** What a render gives: objects, or a problem, or the paths whose content must be sent first. */
export interface RenderResponse {
  /** In engine order: for Kustomize its own; for Helm the CRDs of crds/, the manifests in install order, the hooks. Lists are flattened. */
  readonly objects?: readonly JsonObject[];
  /** Parallel to `objects`; `file` is empty where the engine does not know. */
  readonly origins?: readonly { readonly file: string }[];
  readonly reads: RenderReads;
  /** Send the contents of these and ask again. */
  readonly need?: readonly string[];
  readonly warnings: readonly string[];
  /** Functions that the chart called whose answer another render would not repeat (`randAlphaNum`, `genCA`, `now`, `lookup`, …). */
  readonly chance: readonly string[];
  readonly problem?: RenderProblem;
  readonly steps: number;
  /** Largest heap that the engine saw, in bytes. */
  readonly memory: number;
}

/** The largest request that the renderer takes: it holds the files that one App reads, and with the engine's own memory it must fit into 128 MB. */
export const MAX_REQUEST_BYTES = 24 * 1024 * 1024;

/** Writes a request as the bytes that the renderer reads. Sorted `known` paths save it the sorting. */
export function encodeRenderRequest(request: RenderRequest): Uint8Array<ArrayBuffer> {
  const known = toUtf8((request.known ?? []).map((path) => `${path}\0`).join(''));
  const files = request.files.map((f) => ({ path: f.path, size: f.content.length, mode: f.mode ?? 'file' }));
  const header = toUtf8(JSON.stringify({ ...request, files, known: known.length }));
  const size = request.files.reduce((sum, f) => sum + f.content.length, 4 + header.length + known.length);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  bytes.set(known, 4 + header.length);
  let at = 4 + header.length + known.length;
  for (const file of request.files) {
    bytes.set(file.content, at);
    at += file.content.length;
  }
  return bytes;
}
