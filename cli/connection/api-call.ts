import type { ApiRoute, ApiRoutes } from '../../core/api/routes.ts';

/** Names of the parameters in the path of a route: `GET /apps/:cluster/:app` has `cluster` and `app`. */
type ParamOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamOf<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** What a route of the table (core/api/routes.ts) is called with. */
export type ApiInput<R extends ApiRoute> = ([ParamOf<R>] extends [never]
  ? unknown
  : { readonly params: { readonly [name in ParamOf<R>]: string } }) &
  (ApiRoutes[R] extends { query: infer Query } ? { readonly query?: Loose<Query> } : unknown) &
  (ApiRoutes[R] extends { body: infer Body } ? { readonly body: Body } : unknown);

/** Parameters of a query may be left out by giving undefined. */
type Loose<Query> = { readonly [name in keyof Query]?: Query[name] | undefined };

export type ApiAnswer<R extends ApiRoute> = ApiRoutes[R]['answer'];

/** Routes that answer with server-sent events, and the others. */
export type StreamRoute = { [R in ApiRoute]: ApiRoutes[R]['answer'] extends 'stream' ? R : never }[ApiRoute];
export type CallRoute = Exclude<ApiRoute, StreamRoute>;

interface AnyInput {
  readonly params?: { readonly [name: string]: string };
  readonly query?: { readonly [name: string]: string | undefined };
  readonly body?: unknown;
}

/** A route with its parameters filled in: method, path below /api with its query, and body. */
export function toRequest<R extends ApiRoute>(
  route: R,
  input: ApiInput<R>,
): { readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'; readonly path: string; readonly body: unknown } {
  const { params = {}, query = {}, body } = input as AnyInput; // every ApiInput has these parts or lacks them
  const [method = '', template = ''] = route.split(' ');
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return { method: method as 'GET' | 'POST' | 'PUT' | 'DELETE', path: `${path}${search}`, body }; // the table has no others
}
