import { describe, expect, it } from 'vitest';
import { parseTemplate, renderTemplate } from '../../../core/notify/go-template.ts';

const DATA = {
  app: {
    metadata: { name: 'shop' },
    status: {
      phase: 'Failed',
      conditions: [
        { type: 'A', message: 'x' },
        { type: 'B', message: 'y' },
      ],
    },
  },
  context: { url: 'https://argo.example' },
  n: 3,
  none: '',
};

function render(text: string): string {
  const parsed = parseTemplate(text);
  if (!parsed.ok) return `refused: ${parsed.error}`;
  const filled = renderTemplate(parsed.value, DATA);
  return filled.ok ? filled.value : `failed: ${filled.error}`;
}

describe('a template gives what Go gives', () => {
  it.each([
    ['{{.app.metadata.name}} is {{ .app.status.phase | lower }}', 'shop is failed'],
    ['{{.app.nothing.at.all}}|{{.missing}}', '|'],
    ['a {{- /* trimmed */ -}} b', 'ab'],
    ['a  {{- .none -}}  b', 'ab'],
    ['{{if eq .app.status.phase "Failed" "Error"}}bad{{else}}good{{end}}', 'bad'],
    ['{{if .none}}1{{else if gt .n 2}}2{{else}}3{{end}}', '2'],
    ['{{range $i, $c := .app.status.conditions}}{{if $i}}, {{end}}{{$c.type}}={{$c.message}}{{end}}', 'A=x, B=y'],
    ['{{range .app.status.conditions}}{{.type}}{{end}}{{range .none}}x{{else}}-{{end}}', 'AB-'],
    ['{{with .app.metadata}}{{.name}} {{$.n}}{{end}}', 'shop 3'],
    ['{{$x := .n}}{{$x}}{{ "}}" }}', '3}}'],
    ['{{ default "none" .none | upper | quote }}', '"NONE"'],
    ['{{ and (eq .n 3) (not .none) }} {{ or .none "b" }} {{ len .app.status.conditions }}', 'true b 2'],
    ['{{ index .app.status.conditions 1 | toJson }}', '{"type":"B","message":"y"}'],
    ['{{ `raw "text"` }}', 'raw "text"'],
  ])('%s', (text, expected) => expect(render(text)).toBe(expected));
});

describe('what is not understood is refused by name', () => {
  it.each([
    ['{{.a', '{{'],
    ['{{if .a}}x', 'end'],
    ['{{end}}', 'end'],
    ['{{call .repo.X}}', 'call'],
    ['{{template "x"}}', 'template'],
    ['{{printf "%s" .a}}', 'printf'],
    ['{{(.a}}', 'parenthesis'],
    ['{{"\\x"}}', 'quoted'],
  ])('%s', (text, word) => expect(render(text)).toMatch(new RegExp(`^refused: .*${word.replace(/[{]/g, '\\$&')}`)));
});

describe('S20: a template ends, whatever it says', () => {
  it.each([
    ['nested ranges', `${'{{range $.many}}'.repeat(8)}x${'{{end}}'.repeat(8)}`],
    ['a long text', `{{range .many}}${'y'.repeat(2_000)}{{end}}`],
  ])('%s', (_name, text) => {
    const parsed = parseTemplate(text);
    expect(parsed.ok && renderTemplate(parsed.value, { many: Array.from({ length: 200 }, () => 1) })).toMatchObject({
      ok: false,
    });
  });

  it('S19: knows nothing but its data', () => {
    for (const path of ['.__proto__', '.constructor.constructor', '.app.toString', '$.hasOwnProperty'])
      expect(render(`{{${path}}}`)).toBe('');
  });

  it('is refused when it nests or grows too much', () => {
    expect(render(`${'{{if 1}}'.repeat(50)}${'{{end}}'.repeat(50)}`)).toContain('nested');
    expect(render(`{{${'('.repeat(50)}1${')'.repeat(50)}}}`)).toContain('nested');
    expect(render('x'.repeat(60_000))).toContain('longer');
  });
});
