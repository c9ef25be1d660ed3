import type { Hono } from 'hono';
import type { BlankEnv } from 'hono/types';
import type { ApiRoute, ApiRoutes } from '../../core/api/routes.ts';

/** The route table in the words of hono's client: `client.apps[':cluster'][':app'].$get({ param })`. */
type Verb<R extends string> = R extends `${infer V} ${string}` ? V : never;
type Path<R extends string> = R extends `${string} ${infer P}` ? P : never;
type Param<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Param<Rest>
  : P extends `${string}:${infer Name}`
    ? Name
    : never;

type Input<R extends ApiRoute> = ([Param<Path<R>>] extends [never] ? unknown : { param: { [name in Param<Path<R>>]: string } }) &
  (ApiRoutes[R] extends { query: infer Q } ? (Partial<Q> extends Q ? { query?: Q } : { query: Q }) : unknown) &
  (ApiRoutes[R] extends { body: infer B } ? { json: B } : unknown);

/** An alias, as hono's types ask for what an interface is not: an implicit index signature. */
type EndpointOf<R extends ApiRoute> = {
  input: Input<R> extends object ? Input<R> : Record<never, never>;
  output: ApiRoutes[R]['answer'];
  outputFormat: 'json';
  status: 200;
};

export type ApiSchema = {
  [P in Path<ApiRoute>]: { [R in Extract<ApiRoute, `${string} ${P}`> as `$${Lowercase<Verb<R>>}`]: EndpointOf<R> };
};

/** What `hc` is typed by: an app that has exactly these routes. */
export type Api = Hono<BlankEnv, ApiSchema, '/'>;
