/**
 * Reads a jq program. From what binds least to what binds most:
 *
 *   def … ;   |   ,   //   = |= += …   or   and   == < …   + -   * / %   (term)
 *
 * `… as $x | body` takes what stands before it up to a comma, as gojq has it; `label $x | body` and it reach to the end of what surrounds them.
 */
import { TokenCursor } from './jq-cursor.ts';
import type { Definition, Node, Operator, Pattern } from './jq-syntax.ts';
import { readTokens } from './jq-tokens.ts';

const IDENTITY: Node = { t: 'identity' };
const EMPTY: Node = { t: 'call', name: 'empty', args: [] };

/** Takes a program; gives its tree. Throws ScriptError with `script.syntax`. */
export function parseJq(text: string): Node {
  const parser = new Parser(readTokens(text));
  return parser.program();
}

/** Takes definitions (`def a: …; def b: …;`); gives them in order. */
export function parseDefinitions(text: string): readonly Definition[] {
  return new Parser(readTokens(text)).definitions();
}

class Parser extends TokenCursor {
  private mayBind = true;

  program(): Node {
    const body = this.pipe();
    this.end();
    return body;
  }

  definitions(): readonly Definition[] {
    const found: Definition[] = [];
    while (this.isName('def')) found.push(this.definition());
    this.end();
    return found;
  }

  private pipe(): Node {
    const { mayBind } = this;
    this.mayBind = true;
    const node = this.deeper<Node>(() => {
      if (this.isName('def')) return this.defined();
      if (this.takes('label')) {
        const name = this.variable();
        this.expect('|');
        return { t: 'label', name, body: this.pipe() };
      }
      const left = this.comma();
      return this.takes('|') ? { t: 'pipe', left, right: this.pipe() } : left;
    });
    this.mayBind = mayBind;
    return node;
  }

  private defined(): Node {
    const definition = this.definition();
    return { t: 'define', definition, body: this.pipe() };
  }

  private definition(): Definition {
    this.expect('def');
    const name = this.name();
    const params: string[] = [];
    if (this.takes('(')) {
      do {
        const token = this.token();
        params.push(token.kind === 'variable' ? `$${this.variable()}` : this.name());
      } while (this.takes(';'));
      this.expect(')');
    }
    this.expect(':');
    const body = this.pipe();
    this.expect(';');
    return { name, params, body };
  }

  private comma(): Node {
    let left = this.alternative();
    while (this.takes(',')) left = { t: 'comma', left, right: this.alternative() };
    return left;
  }

  private alternative(): Node {
    let node = this.update();
    if (this.takes('//')) node = { t: 'alternative', left: node, right: this.unbound(() => this.alternative()) };
    if (!this.mayBind || !this.takes('as')) return node;
    const patterns = [this.pattern()];
    while (this.takes('?//')) patterns.push(this.pattern());
    this.expect('|');
    return { t: 'bind', source: node, patterns, body: this.pipe() };
  }

  /** Reads something that leaves an `as` behind it to others. */
  private unbound<T>(read: () => T): T {
    const { mayBind } = this;
    this.mayBind = false;
    const result = read();
    this.mayBind = mayBind;
    return result;
  }

  private update(): Node {
    const left = this.disjunction();
    const { kind, text } = this.token();
    if (kind !== 'sign' || !/^(=|\|=|[-+*/%]=|\/\/=)$/.test(text)) return left;
    this.at += 1;
    const right = this.alternative();
    // The sign is one of those above: what precedes its `=` is an operator.
    const op = (text === '=' ? '=' : text.slice(0, -1)) as Operator | '//' | '=' | '|';
    return { t: 'update', op, left, right };
  }

  private disjunction(): Node {
    let left = this.conjunction();
    while (this.takes('or')) left = { t: 'or', left, right: this.conjunction() };
    return left;
  }

  private conjunction(): Node {
    let left = this.comparison();
    while (this.takes('and')) left = { t: 'and', left, right: this.comparison() };
    return left;
  }

  private comparison(): Node {
    const left = this.sum();
    const op = this.operator(['==', '!=', '<', '<=', '>', '>=']);
    return op === undefined ? left : { t: 'operator', op, left, right: this.sum() };
  }

  private sum(): Node {
    let left = this.product();
    for (let op = this.operator(['+', '-']); op !== undefined; op = this.operator(['+', '-']))
      left = { t: 'operator', op, left, right: this.product() };
    return left;
  }

  private product(): Node {
    let left = this.postTerm();
    for (let op = this.operator(['*', '/', '%']); op !== undefined; op = this.operator(['*', '/', '%']))
      left = { t: 'operator', op, left, right: this.postTerm() };
    return left;
  }

  private operator(among: readonly Operator[]): Operator | undefined {
    return among.find((op) => this.isSign(op) && this.takes(op));
  }

  private suffixes(term: Node): Node {
    let of = term;
    for (;;) {
      const token = this.token();
      if (token.kind === 'field') {
        this.at += 1;
        of = { t: 'index', of, key: text(token.text), optional: this.takes('?') };
      } else if (this.isSign('.') && this.token(1).kind === 'string') {
        this.at += 1;
        of = { t: 'index', of, key: this.string(undefined), optional: this.takes('?') };
      } else if (this.isSign('.') && this.token(1).kind === 'sign' && this.token(1).text === '[') {
        this.at += 1;
      } else if (this.isSign('[')) of = this.brackets(of);
      else if (this.takes('?')) of = { t: 'try', body: of, rescue: undefined };
      else return of;
    }
  }

  private brackets(of: Node): Node {
    this.expect('[');
    if (this.takes(']')) return { t: 'iterate', of, optional: this.takes('?') };
    if (this.takes(':')) {
      const to = this.pipe();
      this.expect(']');
      return { t: 'slice', of, from: undefined, to, optional: this.takes('?') };
    }
    const key = this.pipe();
    if (!this.takes(':')) {
      this.expect(']');
      return { t: 'index', of, key, optional: this.takes('?') };
    }
    const to = this.isSign(']') ? undefined : this.pipe();
    this.expect(']');
    return { t: 'slice', of, from: key, to, optional: this.takes('?') };
  }

  private term(): Node {
    const token = this.token();
    switch (token.kind) {
      case 'number':
        this.at += 1;
        return { t: 'literal', value: Math.min(Number.MAX_VALUE, Number(token.text)) };
      case 'string':
        return this.string(undefined);
      case 'format':
        this.at += 1;
        return this.token().kind === 'string' ? this.string(token.text) : { t: 'format', name: token.text };
      case 'variable':
        this.at += 1;
        return { t: 'variable', name: token.text };
      case 'field':
        return IDENTITY; // Left for the suffixes.
      case 'name':
        return this.named();
      default:
        return this.signed();
    }
  }

  private signed(): Node {
    if (this.takes('..')) return { t: 'call', name: 'recurse', args: [] };
    if (this.isSign('.')) {
      const next = this.token(1);
      if (next.kind !== 'string' && !(next.kind === 'sign' && next.text === '[')) this.at += 1;
      return IDENTITY;
    }
    if (this.takes('(')) {
      const body = this.pipe();
      this.expect(')');
      return body;
    }
    if (this.takes('[')) {
      if (this.takes(']')) return { t: 'array', body: undefined };
      const body = this.pipe();
      this.expect(']');
      return { t: 'array', body };
    }
    if (this.takes('{')) return this.object();
    return this.fail();
  }

  private named(): Node {
    if (this.isName('def')) return this.defined();
    if (this.takes('if')) return this.condition();
    if (this.takes('try')) {
      const body = this.postTerm();
      return { t: 'try', body, rescue: this.takes('catch') ? this.postTerm() : EMPTY };
    }
    if (this.takes('reduce')) return this.reduce();
    if (this.takes('foreach')) return this.foreach();
    const name = this.name();
    if (name === 'break' && this.token().kind === 'variable') return { t: 'break', name: this.variable() };
    if (name === 'null' || name === 'true' || name === 'false')
      return { t: 'literal', value: name === 'null' ? null : name === 'true' };
    const args: Node[] = [];
    if (this.takes('(')) {
      do args.push(this.pipe());
      while (this.takes(';'));
      this.expect(')');
    }
    return { t: 'call', name, args };
  }

  /** A term with its suffixes. */
  private postTerm(): Node {
    return this.deeper(() => {
      if (this.takes('-')) return { t: 'negate', body: this.postTerm() };
      return this.takes('+') ? this.postTerm() : this.suffixes(this.term());
    });
  }

  private condition(): Node {
    const test = this.pipe();
    this.expect('then');
    const then = this.pipe();
    if (this.takes('elif')) return { t: 'if', test, then, otherwise: this.deeper(() => this.condition()) };
    const otherwise = this.takes('else') ? this.pipe() : undefined;
    this.expect('end');
    return { t: 'if', test, then, otherwise };
  }

  private reduce(): Node {
    const source = this.unbound(() => this.alternative());
    this.expect('as');
    const pattern = this.pattern();
    this.expect('(');
    const init = this.pipe();
    this.expect(';');
    const update = this.pipe();
    this.expect(')');
    return { t: 'reduce', source, pattern, init, update };
  }

  private foreach(): Node {
    const source = this.unbound(() => this.alternative());
    this.expect('as');
    const pattern = this.pattern();
    this.expect('(');
    const init = this.pipe();
    this.expect(';');
    const update = this.pipe();
    const extract = this.takes(';') ? this.pipe() : undefined;
    this.expect(')');
    return { t: 'foreach', source, pattern, init, update, extract };
  }

  private string(format: string | undefined): Node {
    const { parts = [] } = this.token();
    this.at += 1;
    const read = parts.map((part) => (typeof part === 'string' ? part : new Parser(part, this.depth).program()));
    return { t: 'string', format, parts: read };
  }

  private object(): Node {
    const entries: { key: Node; value: Node | undefined }[] = [];
    while (!this.takes('}')) {
      entries.push(this.entry());
      if (!this.isSign('}')) this.expect(',');
    }
    return { t: 'object', entries };
  }

  private entry(): { key: Node; value: Node | undefined } {
    const token = this.token();
    if (token.kind === 'variable') {
      this.at += 1;
      const variable: Node = { t: 'variable', name: token.text };
      return this.takes(':') ? { key: variable, value: this.objectValue() } : { key: text(token.text), value: variable };
    }
    const key = this.key();
    if (!this.takes(':')) {
      if (token.kind === 'sign') this.fail();
      return { key, value: undefined };
    }
    return { key, value: this.objectValue() };
  }

  private objectValue(): Node {
    const left = this.alternative();
    return this.takes('|') ? { t: 'pipe', left, right: this.objectValue() } : left;
  }

  /** The key of an entry or of a pattern. */
  private key(): Node {
    const token = this.token();
    if (token.kind === 'string') return this.string(undefined);
    if (token.kind === 'format' && this.token(1).kind === 'string') {
      this.at += 1;
      return this.string(token.text);
    }
    if (token.kind === 'name') {
      this.at += 1;
      return text(token.text);
    }
    this.expect('(');
    const key = this.pipe();
    this.expect(')');
    return key;
  }

  private pattern(): Pattern {
    return this.deeper(() => {
      if (this.token().kind === 'variable') return { t: 'variable', name: this.variable() };
      if (this.takes('[')) {
        const elements: Pattern[] = [];
        do elements.push(this.pattern());
        while (this.takes(','));
        this.expect(']');
        return { t: 'array', elements };
      }
      this.expect('{');
      const entries: { variable: string | undefined; key: Node; pattern: Pattern | undefined }[] = [];
      do {
        const variable = this.token().kind === 'variable' ? this.variable() : undefined;
        const key = variable === undefined ? this.key() : text(variable);
        const pattern = this.takes(':') ? this.pattern() : undefined;
        if (variable === undefined && pattern === undefined) this.fail();
        entries.push({ variable, key, pattern });
      } while (this.takes(','));
      this.expect('}');
      return { t: 'object', entries };
    });
  }
}

const text = (value: string): Node => ({ t: 'string', format: undefined, parts: [value] });
