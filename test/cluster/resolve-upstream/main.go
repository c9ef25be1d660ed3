// Upstream's own answers: what Flux' substitution (fluxcd/pkg/envsubst) and the YAML under it (sigs.k8s.io/yaml)
// make of the cases on standard input, one JSON object a line; and with the argument "tables DIR", the cases of the
// tests of envsubst, read from their source.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"

	"github.com/fluxcd/pkg/envsubst"
	"sigs.k8s.io/yaml"
)

type request struct {
	Op   string
	JSON json.RawMessage
	Text string
	Vars map[string]string
}

type answer struct {
	OK  bool   `json:"ok"`
	Out string `json:"out"`
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	if len(os.Args) == 3 && os.Args[1] == "tables" {
		for _, c := range tables(os.Args[2]) {
			write(out, c)
		}
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			panic(err)
		}
		write(out, r.answer())
	}
}

func (r request) answer() answer {
	var text []byte
	var err error
	switch r.Op {
	case "yaml":
		text, err = yaml.JSONToYAML(r.JSON)
	case "expand":
		var s string
		s, err = envsubst.Eval(r.Text, func(name string) (string, bool) { return r.Vars[name], true })
		text = []byte(s)
	case "substitute":
		if text, err = yaml.JSONToYAML(r.JSON); err != nil {
			break
		}
		var s string
		if s, err = envsubst.Eval(string(text), func(name string) (string, bool) { return r.Vars[name], true }); err != nil {
			break
		}
		text, err = yaml.YAMLToJSON([]byte(s))
	}
	return answer{OK: err == nil, Out: string(text)}
}

func write(out *bufio.Writer, v any) {
	line, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(out, string(line))
}

// A testCase is one literal of a table with the fields params, input and output (of TestExpand), or Text (of the parser's tests).
type testCase struct {
	Params map[string]string `json:"params"`
	Input  string            `json:"input"`
	Output string            `json:"output"`
	// Strict cases want an error for a variable that is not set.
	Strict bool `json:"strict"`
	Parser bool `json:"parser"`
}

func tables(dir string) []testCase {
	var cases []testCase
	for _, name := range []string{"eval_test.go", filepath.Join("parse", "parse_test.go")} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, 0)
		if err != nil {
			panic(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.CompositeLit); ok {
				if c, ok := readCase(literal); ok {
					cases = append(cases, c)
				}
			}
			return true
		})
	}
	return cases
}

func readCase(literal *ast.CompositeLit) (c testCase, found bool) {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		field, ok := pair.Key.(*ast.Ident)
		if !ok {
			continue
		}
		switch field.Name {
		case "params":
			c.Params = readMap(pair.Value)
		case "input":
			c.Input, found = text(pair.Value), true
		case "Text":
			c.Input, c.Parser, found = text(pair.Value), true, true
		case "output":
			c.Output = text(pair.Value)
		case "wantErr":
			ident, ok := pair.Value.(*ast.Ident)
			c.Strict = !ok || ident.Name != "nil"
		}
	}
	return c, found
}

func readMap(e ast.Expr) map[string]string {
	result := map[string]string{}
	if literal, ok := e.(*ast.CompositeLit); ok {
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				result[text(pair.Key)] = text(pair.Value)
			}
		}
	}
	return result
}

func text(e ast.Expr) string {
	if literal, ok := e.(*ast.BasicLit); ok && literal.Kind == token.STRING {
		s, err := strconv.Unquote(literal.Value)
		if err != nil {
			panic(err)
		}
		return s
	}
	return ""
}
