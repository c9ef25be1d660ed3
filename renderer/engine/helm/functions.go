package helm

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"text/template"

	"plumbline.dev/renderer/problem"
)

// chanceful are the functions whose answer another render would not repeat.
// genPrivateKey and its relatives also cost seconds where they are computed.
var chanceful = map[string]int64{
	"randAlphaNum": 1, "randAlpha": 1, "randNumeric": 1, "randAscii": 1, "randBytes": 1, "randInt": 1, "shuffle": 1,
	"uuidv4": 1, "now": 1, "ago": 1, "lookup": 1, "encryptAES": 100, "htpasswd": 500_000, "bcrypt": 500_000,
	"genPrivateKey": 50_000, "genCA": 2_500_000, "genCAWithKey": 100_000, "genSelfSignedCert": 2_500_000,
	"genSelfSignedCertWithKey": 100_000, "genSignedCert": 2_500_000, "genSignedCertWithKey": 100_000, "getHostByName": 1,
}

// keySteps is what a private key costs besides: RSA means 4096 bits here. The
// parameters of DSA would take minutes, which no render is given.
var keySteps = map[string]int64{"rsa": 7_000_000, "dsa": 1_000_000_000}

// dateful answer with the current time when they are not given one.
var dateful = []string{"date", "dateInZone", "date_in_zone", "htmlDate", "htmlDateInZone"}

// costly is what other slow functions are charged.
var costly = map[string]int64{"derivePassword": 1_500_000, "buildCustomCert": 1_000, "decryptAES": 100}

// builtin functions of text/template that make text; Helm's map does not hold them.
var builtin = template.FuncMap{
	"print": fmt.Sprint, "printf": fmt.Sprintf, "println": fmt.Sprintln,
	"html": template.HTMLEscaper, "js": template.JSEscaper, "urlquery": template.URLQueryEscaper,
}

// functions gives the functions that take the place of Helm's: each calls the
// original, after checking what it would cost and before letting its result go.
func (g *guard) functions(t *template.Template) template.FuncMap {
	out := template.FuncMap{}
	originals := upstreamFuncMap()
	for name, original := range builtin {
		originals[name] = original
	}
	for name, original := range originals {
		if wrapped := g.bounded(name, original); wrapped != nil {
			out[name] = wrapped
		}
	}
	for name := range originals {
		if steps, ok := chanceful[name]; ok {
			out[name] = g.charged(originals[name], func(args []reflect.Value) error {
				g.chance[name] = struct{}{}
				if name == "genPrivateKey" {
					return g.meter.Step(steps + keySteps[args[0].String()])
				}
				return g.meter.Step(steps)
			})
		}
		if steps, ok := costly[name]; ok {
			out[name] = g.charged(originals[name], func([]reflect.Value) error { return g.meter.Step(steps) })
		}
	}
	for _, name := range dateful {
		out[name] = g.charged(originals[name], func(args []reflect.Value) error {
			if len(args) >= 2 && !isTime(args[1]) {
				g.chance["now"] = struct{}{}
			}
			return g.meter.Step(1)
		})
	}
	g.sized(out, originals)
	g.ordered(out)
	out["include"] = g.include(t)
	out["tpl"] = g.tpl(t)
	// There is no cluster behind a render: lookup finds nothing, as with `helm template`.
	out["lookup"] = func(string, string, string, string) (map[string]any, error) {
		g.chance["lookup"] = struct{}{}
		return map[string]any{}, nil
	}
	out["getHostByName"] = func(string) string {
		g.chance["getHostByName"] = struct{}{}
		return ""
	}
	return out
}

// isTime tells whether a date function was given a time (of any of sprig's types).
func isTime(v reflect.Value) bool {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return false
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Int, reflect.Int32, reflect.Int64:
		return true
	}
	return false
}

// charged runs check before the original, which may be of any type.
func (g *guard) charged(original any, check func(args []reflect.Value) error) any {
	fn := reflect.ValueOf(original)
	return reflect.MakeFunc(fn.Type(), func(args []reflect.Value) []reflect.Value {
		if err := check(args); err != nil {
			panic(stop{err})
		}
		if fn.Type().IsVariadic() {
			return fn.CallSlice(args)
		}
		return fn.Call(args)
	}).Interface()
}

// stop carries a broken limit through a function that cannot return an error;
// text/template turns the panic of a function into the error of its template.
type stop struct{ err error }

func (s stop) Error() string { return s.err.Error() }
func (s stop) Unwrap() error { return s.err }

func must(err error) {
	if err != nil {
		panic(stop{err})
	}
}

// sized are the functions whose result is far larger than what they are given:
// what they would make is computed before they make it.
func (g *guard) sized(out, originals template.FuncMap) {
	repeat, _ := originals["repeat"].(func(int, string) string)
	out["repeat"] = func(count int, s string) string {
		g.expect(int64(count), int64(len(s)))
		return repeat(count, s)
	}
	indent, _ := originals["indent"].(func(int, string) string)
	nindent, _ := originals["nindent"].(func(int, string) string)
	out["indent"] = func(spaces int, s string) string {
		g.indented(spaces, s)
		return indent(spaces, s)
	}
	out["nindent"] = func(spaces int, s string) string {
		g.indented(spaces, s)
		return nindent(spaces, s)
	}
	until, _ := originals["until"].(func(int) []int)
	out["until"] = func(count int) []int {
		g.counted(int64(count))
		return until(count)
	}
	untilStep, _ := originals["untilStep"].(func(int, int, int) []int)
	out["untilStep"] = func(start, stop, step int) []int {
		if step != 0 {
			g.counted((int64(stop) - int64(start)) / int64(step))
		}
		return untilStep(start, stop, step)
	}
	seq, _ := originals["seq"].(func(...int) string)
	out["seq"] = func(params ...int) string {
		g.counted(seqCount(params) * 8)
		return seq(params...)
	}
	replace, _ := originals["replace"].(func(string, string, string) string)
	out["replace"] = func(old, new, src string) string {
		if len(new) > len(old) {
			g.expect(int64(strings.Count(src, old)), int64(len(new)))
		}
		return replace(old, new, src)
	}
	for _, name := range []string{"regexMatch", "mustRegexMatch", "regexFindAll", "mustRegexFindAll", "regexFind", "mustRegexFind",
		"regexReplaceAll", "mustRegexReplaceAll", "regexReplaceAllLiteral", "mustRegexReplaceAllLiteral", "regexSplit", "mustRegexSplit"} {
		out[name] = g.charged(originals[name], func(args []reflect.Value) error { return g.pattern(args[0].String(), args[1].String()) })
	}
	for _, name := range []string{"js", "html", "urlquery"} {
		escape, _ := originals[name].(func(...any) string)
		out[name] = func(args ...any) string {
			for _, arg := range args {
				if s, ok := arg.(string); ok {
					must(g.meter.Bytes(int64(len(s)) * 8))
				}
				g.visit(arg)
			}
			return g.text(escape(args...))
		}
	}
	sprintf := builtin["printf"].(func(string, ...any) string) // the value above
	out["printf"] = func(format string, args ...any) string {
		g.widths(format, args)
		for _, arg := range args {
			g.visit(arg)
		}
		s := sprintf(format, args...)
		must(g.meter.Bytes(int64(len(s))))
		return s
	}
}

// ordered are the two functions that sprig answers in Go's random map order.
// Any order is theirs to choose; the sorted one makes the render repeatable.
func (g *guard) ordered(out template.FuncMap) {
	out["keys"] = func(dicts ...map[string]any) []string {
		keys := []string{}
		for _, dict := range dicts {
			keys = append(keys, sortedKeys(dict)...)
		}
		must(g.meter.Step(int64(len(keys))))
		return keys
	}
	out["values"] = func(dict map[string]any) []any {
		values := []any{}
		for _, key := range sortedKeys(dict) {
			values = append(values, dict[key])
		}
		must(g.meter.Step(int64(len(values))))
		return values
	}
}

func sortedKeys(dict map[string]any) []string {
	keys := make([]string, 0, len(dict))
	for key := range dict {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// expect refuses count values of size bytes when they exceed the output.
func (g *guard) expect(count, size int64) {
	if count > 0 && size > 0 && count > g.meter.Limits().OutputBytes/size {
		must(g.meter.Break(problem.New(problem.LimitOutput, "a template function would make more than %d MB of text", g.meter.Limits().OutputBytes>>20)))
	}
	must(g.meter.Bytes(max(0, count*size)))
}

// pattern charges a regular expression: RE2 is linear in the text, times the states, which a {n,m} multiplies.
func (g *guard) pattern(expression, text string) error {
	states := int64(len(expression))
	if strings.Contains(expression, "{") {
		states *= 50
	}
	return g.meter.Step(int64(len(text))/64*(8+states/4) + states)
}

func (g *guard) indented(spaces int, s string) {
	g.expect(int64(strings.Count(s, "\n")+1), int64(spaces))
}

// counted charges a list of n elements.
func (g *guard) counted(n int64) {
	if n > 0 {
		must(g.meter.Step(n / 2))
	}
}

func seqCount(params []int) int64 {
	switch len(params) {
	case 1:
		return distance(1, params[0], 1)
	case 2:
		return distance(params[0], params[1], 1)
	case 3:
		return distance(params[0], params[2], params[1])
	}
	return 0
}

func distance(from, to, step int) int64 {
	if step == 0 {
		return 0
	}
	n := (int64(to) - int64(from)) / int64(step)
	if n < 0 {
		n = -n
	}
	return n + 1
}

// widths refuses a format whose width or precision asks for a huge result.
func (g *guard) widths(format string, args []any) {
	const digits = 6
	run := 0
	for i := range len(format) {
		switch c := format[i]; {
		case c >= '0' && c <= '9':
			run++
			if run > digits {
				must(g.meter.Break(problem.New(problem.LimitOutput, "a printf format asks for a width of more than %d digits", digits)))
			}
		case c == '*':
			for _, arg := range args {
				if n := reflect.ValueOf(arg); n.IsValid() && n.CanInt() {
					g.expect(n.Int(), 1)
				}
			}
			run = 0
		default:
			run = 0
		}
	}
}
