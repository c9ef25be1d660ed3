import type { JsonObject, Manifest } from '../objects/object.ts';

/** What an action comes to. */
export type ActionEffect =
  | { readonly do: 'patch'; readonly patch: JsonObject; readonly subresource?: 'status' }
  | { readonly do: 'create'; readonly object: Manifest }
  | { readonly do: 'delete' }
  | { readonly do: 'recreate'; readonly object: Manifest };

/** What of a request an action needs. */
export interface ActionRequest {
  readonly id: string;
  /** RFC 3339, whole seconds. */
  readonly at: string;
  readonly parameters: JsonObject;
}

/** Something that can be done to an object of a kind. */
export interface ActionKind {
  readonly name: string;
  readonly title: string;
  readonly parameters?: readonly { readonly name: string; readonly type: 'integer' | 'text'; readonly required: boolean }[];
  /** The value that a parameter has now. */
  readonly defaults?: (object: JsonObject) => { readonly [name: string]: string };
  /** Why it cannot be done just now. */
  readonly disabled?: (object: JsonObject) => string | undefined;
  /** JSON pointer of the field that it sets: where Git sets it too, self-heal takes it back. */
  readonly field?: string;
  readonly effect: (object: JsonObject, request: ActionRequest) => ActionEffect;
}
