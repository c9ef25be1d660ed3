package helm

import (
	"reflect"

	"helm.sh/helm/v4/pkg/chart/common"
)

// bounded wraps a function that makes text or copies values: what it is given is
// walked first (a value that holds itself many times over, such as a dict of
// dicts of dicts, is small in memory and endless in print), and what it gives
// is charged. Functions of other types come back as nil and stay as they are.
func (g *guard) bounded(name string, original any) any {
	switch name {
	case "include", "tpl", "required", "fail", "lookup", "default", "ternary", "coalesce", "empty", "hasKey", "get", "dict", "set", "unset":
		return nil
	}
	switch fn := original.(type) {
	case func(string) string:
		return func(s string) string { return g.text(fn(s)) }
	case func(string, string) string:
		return func(a, b string) string { return g.text(fn(a, b)) }
	case func(string, string, string) string:
		return func(a, b, c string) string { return g.text(fn(a, b, c)) }
	case func(int, string) string:
		return func(n int, s string) string { return g.text(fn(n, s)) }
	case func(any) string:
		return func(v any) string {
			g.visit(v)
			return g.text(fn(v))
		}
	case func(...any) string:
		return func(vs ...any) string {
			for _, v := range vs {
				g.visit(v)
			}
			return g.text(fn(vs...))
		}
	case func(string, any) string:
		return func(s string, v any) string {
			g.visit(v)
			return g.text(fn(s, v))
		}
	}
	switch name {
	case "deepCopy", "mustDeepCopy", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite", "concat", "append", "push",
		"mustAppend", "mustPush", "prepend", "mustPrepend", "uniq", "mustUniq", "without", "mustWithout", "deepEqual", "fromYaml",
		"fromYamlArray", "fromJson", "fromJsonArray", "fromToml", "mustToJson", "mustToYaml", "mustToToml", "mustToPrettyJson",
		"mustToRawJson", "toStrings", "sortAlpha", "regexReplaceAll", "mustRegexReplaceAll", "regexReplaceAllLiteral",
		"mustRegexReplaceAllLiteral", "regexFindAll", "mustRegexFindAll", "regexSplit", "mustRegexSplit", "toDecimal":
		return g.walked(original)
	}
	return nil
}

// walked is bounded for functions of any type.
func (g *guard) walked(original any) any {
	fn := reflect.ValueOf(original)
	return reflect.MakeFunc(fn.Type(), func(args []reflect.Value) []reflect.Value {
		for _, arg := range args {
			if arg.CanInterface() {
				g.visit(arg.Interface())
			}
		}
		var results []reflect.Value
		if fn.Type().IsVariadic() {
			results = fn.CallSlice(args)
		} else {
			results = fn.Call(args)
		}
		if first := results[0]; first.CanInterface() {
			switch made := first.Interface().(type) {
			case string:
				g.text(made)
			case []any:
				must(g.meter.Bytes(int64(len(made)) * 16))
			}
		}
		return results
	}).Interface()
}

func (g *guard) text(s string) string {
	must(g.meter.Bytes(int64(len(s))))
	return s
}

// visit charges a value for everything that printing it would print.
func (g *guard) visit(v any) {
	switch v := v.(type) {
	case nil, bool, int, int64, float64:
	case string:
		must(g.meter.Step(int64(len(v)) >> 6))
	case common.Values:
		g.visit(map[string]any(v))
	case map[string]any:
		must(g.meter.Step(1))
		g.depth++
		must(g.meter.Depth(g.depth, "a value is nested"))
		for key, value := range v {
			must(g.meter.Step(4 + int64(len(key))>>7))
			g.visit(value)
		}
		g.depth--
	case []any:
		must(g.meter.Bytes(int64(len(v)) * 16)) // what a copy of the list takes
		g.depth++
		must(g.meter.Depth(g.depth, "a value is nested"))
		for _, value := range v {
			g.visit(value)
		}
		g.depth--
	case map[string]string:
		must(g.meter.Step(int64(1 + len(v))))
	}
}
