/** Where one is in a list of tokens. */
import { ScriptError } from '../messages.ts';
import type { Token } from './jq-tokens.ts';

const KEYWORDS: ReadonlySet<string> = new Set(
  'def as label if then elif else end and or reduce foreach try catch import include __loc__'.split(' '),
);
const MAX_DEPTH = 500;

export class TokenCursor {
  private readonly tokens: readonly Token[];
  protected at = 0;
  protected depth: number;

  constructor(tokens: readonly Token[], depth = 0) {
    this.tokens = tokens;
    this.depth = depth;
  }

  protected end(): void {
    if (this.token().kind !== 'end') this.fail();
  }

  protected token(ahead = 0): Token {
    // The last token is `end`, which is never passed.
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]!;
  }

  protected fail(): never {
    const { kind, text } = this.token();
    throw new ScriptError(
      'script.syntax',
      kind === 'end' ? 'the program ends too early' : `unexpected ${kind} ${JSON.stringify(text)}`,
    );
  }

  protected isSign(text: string): boolean {
    const token = this.token();
    return token.kind === 'sign' && token.text === text;
  }

  protected isName(text: string): boolean {
    const token = this.token();
    return token.kind === 'name' && token.text === text;
  }

  /** Takes the token when it is this sign or keyword. */
  protected takes(text: string): boolean {
    if (!this.isSign(text) && !this.isName(text)) return false;
    this.at += 1;
    return true;
  }

  protected expect(text: string): void {
    if (!this.takes(text)) this.fail();
  }

  protected deeper<T>(work: () => T): T {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new ScriptError('script.syntax', 'the program is nested too deeply');
    const result = work();
    this.depth -= 1;
    return result;
  }

  protected variable(): string {
    const token = this.token();
    if (token.kind !== 'variable') this.fail();
    this.at += 1;
    return token.text;
  }

  protected name(): string {
    const token = this.token();
    if (token.kind !== 'name' || KEYWORDS.has(token.text)) this.fail();
    this.at += 1;
    return token.text;
  }
}
