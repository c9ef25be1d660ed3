/**
 * The tree of a jq program. `of` is what something is taken from; `optional` is a `?` behind a step, which forgives that step alone; bodies that may be
 * absent are undefined.
 */
export type Node =
  | { readonly t: 'identity' }
  | { readonly t: 'literal'; readonly value: null | boolean | number }
  | { readonly t: 'string'; readonly format: string | undefined; readonly parts: readonly (string | Node)[] }
  | { readonly t: 'format'; readonly name: string }
  | { readonly t: 'variable'; readonly name: string }
  | { readonly t: 'array'; readonly body: Node | undefined }
  | { readonly t: 'object'; readonly entries: readonly { readonly key: Node; readonly value: Node | undefined }[] }
  | { readonly t: 'index'; readonly of: Node; readonly key: Node; readonly optional: boolean }
  | {
      readonly t: 'slice';
      readonly of: Node;
      readonly from: Node | undefined;
      readonly to: Node | undefined;
      readonly optional: boolean;
    }
  | { readonly t: 'iterate'; readonly of: Node; readonly optional: boolean }
  | { readonly t: 'try'; readonly body: Node; readonly rescue: Node | undefined }
  | { readonly t: 'pipe' | 'comma' | 'and' | 'or'; readonly left: Node; readonly right: Node }
  | { readonly t: 'alternative'; readonly left: Node; readonly right: Node }
  | { readonly t: 'operator'; readonly op: Operator; readonly left: Node; readonly right: Node }
  | { readonly t: 'update'; readonly op: Operator | '//' | '=' | '|'; readonly left: Node; readonly right: Node }
  | { readonly t: 'negate'; readonly body: Node }
  | { readonly t: 'if'; readonly test: Node; readonly then: Node; readonly otherwise: Node | undefined }
  | { readonly t: 'reduce'; readonly source: Node; readonly pattern: Pattern; readonly init: Node; readonly update: Node }
  | {
      readonly t: 'foreach';
      readonly source: Node;
      readonly pattern: Pattern;
      readonly init: Node;
      readonly update: Node;
      readonly extract: Node | undefined;
    }
  | { readonly t: 'bind'; readonly source: Node; readonly patterns: readonly Pattern[]; readonly body: Node }
  | { readonly t: 'define'; readonly definition: Definition; readonly body: Node }
  | { readonly t: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly t: 'label'; readonly name: string; readonly body: Node }
  | { readonly t: 'break'; readonly name: string };

export type Operator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=';

/** `def name(params): body;` A parameter that begins with `$` is a value, any other a filter. */
export interface Definition {
  readonly name: string;
  readonly params: readonly string[];
  readonly body: Node;
}

/** What stands after `as`. */
export type Pattern =
  | { readonly t: 'variable'; readonly name: string }
  | { readonly t: 'array'; readonly elements: readonly Pattern[] }
  | {
      readonly t: 'object';
      readonly entries: readonly {
        readonly variable: string | undefined;
        readonly key: Node;
        readonly pattern: Pattern | undefined;
      }[];
    };
