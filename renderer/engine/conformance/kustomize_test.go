package conformance

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"plumbline.dev/renderer/output"
	"plumbline.dev/renderer/problem"

	"sigs.k8s.io/yaml"
)

// Kustomize's own tests are Go code that writes files, builds, and compares. The
// simple ones (string literals, the default options) are read from the source and
// run against the renderer: same files, same expected output.

const (
	kustomizationHead = "\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
	componentHead     = "\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
)

// leastCases guards against reading nothing after an upgrade.
const leastCases = 150

// knownDifferences are builds that the renderer refuses on purpose.
var knownDifferences = map[string]problem.Code{
	// A base that lies above the root of Kustomize's in-memory test system, which stops there silently.
	"TestNameReferenceDeploymentIssue3489/0": problem.OutsideRoot,
	// Objects without an apiVersion, which no cluster takes.
	"TestTransfomersImageDefaultConfig/0": problem.YAML,
	"TestTransfomersImageCustomConfig/0":  problem.YAML,
}

type upstreamCase struct {
	name, path, expected string
	tree                 files
}

func TestSameAsKustomizesOwnTests(t *testing.T) {
	cases := upstreamCases(t, filepath.Join(moduleDir(t, "sigs.k8s.io/kustomize/api"), "krusty"))
	if len(cases) < leastCases {
		t.Fatalf("only %d of Kustomize's tests could be read", len(cases))
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			header := map[string]any{"engine": "kustomize", "path": c.path, "kustomize": map[string]any{"dialect": "flux", "loadRestrictions": "root"}}
			response := renderTree(t, header, c.tree)
			if code, ok := knownDifferences[c.name]; ok {
				if response.Problem == nil || response.Problem.Code != code {
					t.Fatalf("expected %s, got %v", code, response.Problem)
				}
				return
			}
			if response.Problem != nil {
				t.Fatalf("%s: %s", response.Problem.Code, response.Problem.Message)
			}
			compareObjects(t, response.Objects, c.expected)
		})
	}
	t.Logf("%d builds compared", len(cases))
}

// compareObjects compares raw objects with YAML documents, in order.
func compareObjects(t *testing.T, got []json.RawMessage, expected string) {
	t.Helper()
	var want []any
	for _, doc := range output.Documents([]byte(expected)) {
		var v any
		if err := yaml.Unmarshal(doc.Body, &v); err != nil {
			t.Fatal(err)
		}
		if v != nil {
			want = append(want, v)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d objects, expected %d", len(got), len(want))
	}
	for i := range got {
		var v any
		if err := json.Unmarshal(got[i], &v); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(v, want[i]) {
			t.Errorf("object %d:\n%s\nexpected\n%v", i, got[i], want[i])
		}
	}
}

func upstreamCases(t *testing.T, dir string) []upstreamCase {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{funcs: map[string]*ast.FuncDecl{}, consts: map[string]string{}}
	var tests []*ast.FuncDecl
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				r.funcs[d.Name.Name] = d
				if strings.HasPrefix(d.Name.Name, "Test") {
					tests = append(tests, d)
				}
			case *ast.GenDecl:
				r.constants(d)
			}
		}
	}
	var cases []upstreamCase
	for _, test := range tests {
		run := &upstreamRun{reader: r, name: test.Name.Name, tree: files{}, locals: map[string]string{}, runs: map[string]string{}}
		run.block(test.Body.List)
		cases = append(cases, run.cases...)
	}
	return cases
}

// reader holds what the test files declare.
type reader struct {
	funcs  map[string]*ast.FuncDecl
	consts map[string]string
}

func (r *reader) constants(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || len(v.Names) != len(v.Values) {
			continue
		}
		for i, name := range v.Names {
			if s, ok := r.text(v.Values[i], nil); ok {
				r.consts[name.Name] = s
			}
		}
	}
}

func (r *reader) text(e ast.Expr, locals map[string]string) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		a, okA := r.text(e.X, locals)
		b, okB := r.text(e.Y, locals)
		return a + b, okA && okB && e.Op == token.ADD
	case *ast.Ident:
		if s, ok := locals[e.Name]; ok {
			return s, true
		}
		s, ok := r.consts[e.Name]
		return s, ok
	}
	return "", false
}

// upstreamRun interprets one test as far as it is simple.
type upstreamRun struct {
	reader *reader
	name   string
	tree   files
	locals map[string]string
	runs   map[string]string // variable → path of the build
	cases  []upstreamCase
}

// block runs statements; false means that something was met which is not understood.
func (u *upstreamRun) block(list []ast.Stmt) bool {
	for _, stmt := range list {
		if !u.statement(stmt) {
			return false
		}
	}
	return true
}

func (u *upstreamRun) statement(stmt ast.Stmt) bool {
	switch s := stmt.(type) {
	case *ast.DeclStmt:
		d, ok := s.Decl.(*ast.GenDecl)
		if ok {
			u.reader.constants(d)
		}
		return ok
	case *ast.AssignStmt:
		return u.assign(s)
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return ok && u.call(call)
	}
	return false
}

func (u *upstreamRun) assign(s *ast.AssignStmt) bool {
	if len(s.Lhs) != 1 || len(s.Rhs) != 1 {
		return false
	}
	name, ok := s.Lhs[0].(*ast.Ident)
	if !ok {
		return false
	}
	if text, ok := u.reader.text(s.Rhs[0], u.locals); ok {
		u.locals[name.Name] = text
		return true
	}
	call, ok := s.Rhs[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	switch method(call) {
	case "MakeHarness":
		return true
	case "MakeDefaultOptions":
		u.locals[name.Name] = "default options"
		return true
	case "Run":
		at, ok := u.reader.text(call.Args[0], u.locals)
		if !ok || !u.defaultOptions(call.Args[1]) {
			return false
		}
		u.runs[name.Name] = at
		return true
	}
	return false
}

func (u *upstreamRun) defaultOptions(e ast.Expr) bool {
	if call, ok := e.(*ast.CallExpr); ok {
		return method(call) == "MakeDefaultOptions"
	}
	text, ok := u.reader.text(e, u.locals)
	return ok && text == "default options"
}

func (u *upstreamRun) call(call *ast.CallExpr) bool {
	switch method(call) {
	case "WriteK", "WriteC", "WriteF":
		at, okAt := u.reader.text(call.Args[0], u.locals)
		content, ok := u.reader.text(call.Args[1], u.locals)
		if !ok || !okAt {
			return false
		}
		switch method(call) {
		case "WriteK":
			at, content = path.Join(at, "kustomization.yaml"), kustomizationHead+content
		case "WriteC":
			at, content = path.Join(at, "kustomization.yaml"), componentHead+content
		}
		u.tree[relative(at)] = content
		return true
	case "AssertActualEqualsExpected":
		m, ok := call.Args[0].(*ast.Ident)
		expected, okText := u.reader.text(call.Args[1], u.locals)
		if !ok || !okText {
			return false
		}
		at, ok := u.runs[m.Name]
		if !ok {
			return false
		}
		tree := files{}
		for p, content := range u.tree {
			tree[p] = content
		}
		u.cases = append(u.cases, upstreamCase{name: fmt.Sprintf("%s/%d", u.name, len(u.cases)), path: relative(at), expected: expected, tree: tree})
		return true
	}
	// A function of the test files that is given the harness: its statements.
	if ident, ok := call.Fun.(*ast.Ident); ok && len(call.Args) == 1 {
		if f := u.reader.funcs[ident.Name]; f != nil && f.Body != nil {
			return u.block(f.Body.List)
		}
	}
	return false
}

func method(call *ast.CallExpr) string {
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}

func relative(p string) string {
	p = strings.TrimPrefix(path.Clean(p), "/")
	if p == "." {
		return ""
	}
	return p
}
