import { FIELD_MANAGER } from '../../core/diff/comparable.ts';
import { isJsonObject } from '../../core/objects/json-object.ts';
import { describeRef, type Json, type JsonObject } from '../../core/objects/object.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Clock } from '../platform/clock.ts';
import type { HttpResponse } from '../platform/http.ts';
import { type FailureContext, toApiFailure, toNetworkFailure } from './api-failure.ts';
import type { ApiFailure, ClusterApi, KindInfo, ListPage, LiveObject, Target } from './cluster-api.ts';
import type { Connection } from './connection.ts';
import { DISCOVERY_ACCEPT, type Kinds, parseDiscovery } from './discovery.ts';
import { createPatience } from './patience.ts';
import { readLog } from './pod-log.ts';
import { watchKind } from './watch-stream.ts';

const METADATA_ACCEPT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const METADATA_LIST_ACCEPT = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const REQUEST_TIMEOUT_MS = 30_000;

/** One request to the API server. */
interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly context: FailureContext;
}

/** Speaks to a Kubernetes API server over a connection. `discover` must succeed once before kinds are known. */
export function createKubernetesApi(connection: Connection, clock: Clock): ClusterApi {
  let kinds: Kinds = { byVersion: new Map(), byGroup: new Map(), stale: new Set() };
  let discovering: Promise<Result<true, ApiFailure>> | undefined;
  const patience = createPatience(clock);

  const once = async (call: Call): Promise<Result<HttpResponse, ApiFailure>> => {
    const headers: Record<string, string> = { ...(await connection.headers()), accept: call.accept ?? 'application/json' };
    if (call.contentType !== undefined) headers['content-type'] = call.contentType;
    const sent = await connection.client.request({
      method: call.method,
      url: connection.server + call.path,
      headers,
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    if (!sent.ok) return err(toNetworkFailure(sent.error, call.context));
    return sent.value.status < 300 ? ok(sent.value) : err(toApiFailure(sent.value, call.context));
  };

  /** One request, unless it is too early for it; with a rotated token, another certificate or another server, a second one. */
  const send = async (call: Call): Promise<Result<HttpResponse, ApiFailure>> => {
    const [path = call.path] = call.path.split('?');
    const early = patience.refusal(path);
    if (early !== undefined) return err(early);
    const { version } = connection;
    const first = await once(call);
    if (!first.ok && isConnectionOutdated(first.error)) await connection.reload();
    const answer = first.ok || connection.version === version ? first : await once(call);
    if (!answer.ok) patience.heard(path, answer.error);
    return answer;
  };

  const discover = async (): Promise<Result<true, ApiFailure>> => {
    const calls = ['/api', '/apis'].map((path) =>
      send({ method: 'GET', path, accept: DISCOVERY_ACCEPT, context: { where: path, secret: false } }),
    );
    const documents: Json[] = [];
    for (const answer of await Promise.all(calls)) {
      if (!answer.ok) return answer;
      documents.push(JSON.parse(answer.value.body.toString()) as Json);
    }
    kinds = parseDiscovery(documents);
    return ok(true);
  };

  return {
    kindOf: (apiVersion, kind) => kinds.byVersion.get(`${apiVersion}/${kind}`),
    kindOfRef: (ref) => kinds.byGroup.get(`${ref.group}/${ref.kind}`),
    isGroupStale: (group) => kinds.stale.has(group),
    discover() {
      discovering ??= discover().finally(() => {
        discovering = undefined;
      });
      return discovering;
    },
    async get(target, options) {
      const accept = options?.metadataOnly === true ? { accept: METADATA_ACCEPT } : {};
      const answer = await send({ method: 'GET', path: pathOf(target), context: contextOf(target), ...accept });
      if (answer.ok) return ok(parseObject(answer.value.body));
      return answer.error.status === 404 ? ok(undefined) : answer;
    },
    async apply(target, body, options) {
      const query = `?fieldManager=${FIELD_MANAGER}&force=true${options.dryRun ? '&dryRun=All' : ''}`;
      const answer = await send({
        method: 'PATCH',
        path: pathOf(target) + query,
        body,
        contentType: 'application/apply-patch+yaml',
        context: contextOf(target, options.secret),
      });
      return answer.ok ? ok(parseObject(answer.value.body)) : answer;
    },
    async replace(target, body, options) {
      const answer = await send({
        method: 'PUT',
        path: `${pathOf(target)}?fieldManager=${FIELD_MANAGER}`,
        body,
        contentType: 'application/json',
        context: contextOf(target, options.secret),
      });
      return answer.ok ? ok(parseObject(answer.value.body)) : answer;
    },
    async patch(target, body, options) {
      const answer = await send({
        method: 'PATCH',
        path: `${pathOf(target)}${options.subresource === undefined ? '' : `/${options.subresource}`}?fieldManager=${options.manager ?? FIELD_MANAGER}`,
        body,
        contentType: 'application/merge-patch+json',
        accept: METADATA_ACCEPT,
        context: contextOf(target, options.secret),
      });
      return answer.ok ? ok(parseObject(answer.value.body)) : answer;
    },
    async create(target, body, options) {
      const answer = await send({
        method: 'POST',
        path: `${collectionOf(target)}?fieldManager=${options.manager ?? FIELD_MANAGER}`,
        body,
        contentType: 'application/json',
        accept: METADATA_ACCEPT,
        context: contextOf(target, options.secret),
      });
      return answer.ok ? ok(parseObject(answer.value.body)) : answer;
    },
    logs: (target, options) => readLog(connection, `${pathOf(target)}/log`, options),
    async remove(target, options) {
      const preconditions = { uid: options.uid, resourceVersion: options.resourceVersion };
      const answer = await send({
        method: 'DELETE',
        path: pathOf(target),
        body: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: options.propagation, preconditions }),
        contentType: 'application/json',
        context: contextOf(target),
      });
      if (!answer.ok) return answer.error.status === 404 ? ok({ state: 'absent', object: {} }) : answer;
      const { object } = parseObject(answer.value.body);
      return ok({ state: object['kind'] === 'Status' ? 'gone' : 'going', object });
    },
    async list(kind, options) {
      const query = `?limit=${options.limit}${options.next === undefined ? '' : `&continue=${encodeURIComponent(options.next)}`}`;
      const path = collectionPath(kind) + query + selectorOf(options);
      const accept = options.metadataOnly ? { accept: METADATA_LIST_ACCEPT } : {};
      const answer = await send({
        method: 'GET',
        path,
        context: { where: kind.plural, secret: kind.plural === 'secrets' },
        ...accept,
      });
      return answer.ok ? ok(parseList(answer.value.body, kind)) : answer;
    },
    watch: (kind, options) =>
      watchKind(
        {
          connection,
          clock,
          path: collectionPath(kind),
          accept: options.metadataOnly ? METADATA_ACCEPT : 'application/json',
          kind,
        },
        options,
      ),
    async serverVersion() {
      const answer = await send({ method: 'GET', path: '/version', context: { where: '/version', secret: false } });
      if (!answer.ok) return answer;
      const version = JSON.parse(answer.value.body.toString()) as Json;
      return ok(isJsonObject(version) && typeof version['gitVersion'] === 'string' ? version['gitVersion'] : 'unknown');
    },
  };
}

/** Refused for who we are, or not reached at all: the kubeconfig may have changed since it was read. */
function isConnectionOutdated({ status }: ApiFailure): boolean {
  return status === 401 || status === 0;
}

function contextOf({ kind, namespace, name }: Target, isFilled = false): FailureContext {
  const secret = isFilled || (kind.plural === 'secrets' && kind.group === '');
  return { where: describeRef({ group: kind.group, kind: kind.kind, namespace, name }), secret };
}

function collectionPath(kind: KindInfo): string {
  return kind.group === '' ? `/api/${kind.version}/${kind.plural}` : `/apis/${kind.group}/${kind.version}/${kind.plural}`;
}

function collectionOf({ kind, namespace }: Target): string {
  const base = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const scope = kind.namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${base}${scope}/${kind.plural}`;
}

const pathOf = (target: Target): string => `${collectionOf(target)}/${encodeURIComponent(target.name)}`;

/** The part of a query that asks for some objects of a kind only. */
function selectorOf({ fieldSelector }: { readonly fieldSelector?: string }): string {
  return fieldSelector === undefined ? '' : `&fieldSelector=${encodeURIComponent(fieldSelector)}`;
}

function parseObject(body: Buffer): LiveObject {
  return toLive(JSON.parse(body.toString()) as Json);
}

/** Any JSON as a live object; what has no metadata has neither uid nor resourceVersion. */
function toLive(value: Json): LiveObject {
  const object: JsonObject = isJsonObject(value) ? value : {};
  const metadata: JsonObject = isJsonObject(object['metadata']) ? object['metadata'] : {};
  return { object, uid: textOf(metadata['uid']), resourceVersion: textOf(metadata['resourceVersion']) };
}

function parseList(body: Buffer, kind: KindInfo): ListPage {
  const list = JSON.parse(body.toString()) as Json;
  const metadata: JsonObject = isJsonObject(list) && isJsonObject(list['metadata']) ? list['metadata'] : {};
  const items = isJsonObject(list) && Array.isArray(list['items']) ? list['items'] : [];
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const next = textOf(metadata['continue']);
  return {
    // The API server leaves kind and apiVersion out of a list's items.
    items: items.map((item: Json) => toLive(isJsonObject(item) ? { ...item, apiVersion, kind: kind.kind } : item)),
    resourceVersion: textOf(metadata['resourceVersion']),
    ...(next === '' ? {} : { next }),
  };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
