package helm

import (
	"context"
	"fmt"
	"path"
	"strings"
	"text/template"
	"text/template/parse"

	ci "helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/engine"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/problem"
)

// Limits of one template's run.
const (
	writeSteps    = 2
	executeSteps  = 40
	cloneSteps    = 600 // for tpl
	callSteps     = 12  // a function in a template's body
	fieldSteps    = 3   // a field or variable
	maxPassSteps  = 50_000
	parseSteps    = 4 // a template given to tpl is charged its length shifted right by this
	noValue       = "<no value>"
	missingKey    = "missingkey=zero"
	templateRoot  = "gotpl"
	partialPrefix = "_"
)

// guard runs templates under a meter.
//
// How a loop without output is counted: after parsing, an empty text node is put
// first into the body of every range and every named template. Executing it
// writes zero bytes, and the writer charges for every write. Text, printed values
// and empty iterations are so counted in the same place, the templates' positions
// stay what they were, and the output does not change. What one pass through the
// body costs (its calls and fields, without the bodies of inner ranges) is known
// when the node is made; it travels as the capacity of the node's empty text,
// which text/template hands to the writer as it is.
type guard struct {
	meter  *limits.Meter
	chance map[string]struct{}
	ticked map[*parse.ListNode]struct{}
	depth  int64
}

func newGuard(meter *limits.Meter) *guard {
	return &guard{meter: meter, chance: map[string]struct{}{}, ticked: map[*parse.ListNode]struct{}{}}
}

// render does what engine.Render does: gives the text of every template that is not a partial, by name.
func (g *guard) render(chart ci.Charter, values common.Values) (rendered map[string]string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("rendering template failed: %v", r)
		}
	}()
	templates := upstreamTemplates(chart, values)
	t := template.New(templateRoot)
	t.Option(missingKey)
	e := engine.Engine{CustomTemplateFuncs: g.functions(t)}
	upstreamInitFunMap(e, context.Background(), t)

	names := upstreamOrder(templates)
	for _, name := range names {
		if err := g.meter.Step(executeSteps + int64(len(templates[name].tpl))>>parseSteps); err != nil {
			return nil, err
		}
		if _, err := t.New(name).Parse(templates[name].tpl); err != nil {
			return nil, upstreamParseError(name, err)
		}
	}
	g.tick(t)
	rendered = make(map[string]string, len(names))
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), partialPrefix) {
			continue
		}
		vals := templates[name].vals
		vals["Template"] = common.Values{"Name": name, "BasePath": templates[name].basePath}
		text, err := g.execute(t.Lookup(name), vals)
		if err != nil {
			return nil, upstreamExecError(name, err)
		}
		rendered[name] = strings.ReplaceAll(text, noValue, "")
	}
	return rendered, nil
}

// execute runs one template into a counted buffer.
func (g *guard) execute(t *template.Template, data any) (string, error) {
	g.depth++
	defer func() { g.depth-- }()
	if err := g.meter.Depth(g.depth, "templates include each other"); err != nil {
		return "", err
	}
	if err := g.meter.Step(executeSteps); err != nil {
		return "", err
	}
	w := &counted{meter: g.meter}
	err := t.Execute(w, data)
	return w.text.String(), err
}

// include is Helm's, with the depth counted instead of the uses of each name.
// https://github.com/helm/helm/blob/v4.3.1/pkg/engine/engine.go#L132
func (g *guard) include(t *template.Template) func(string, any) (string, error) {
	return func(name string, data any) (string, error) {
		found := t.Lookup(name)
		if found == nil {
			return "", fmt.Errorf("template: no template %q associated with template %q", name, t.Name())
		}
		return g.execute(found, data)
	}
}

// tpl is Helm's, with the depth counted and the new templates ticked.
// https://github.com/helm/helm/blob/v4.3.1/pkg/engine/engine.go#L154
func (g *guard) tpl(parent *template.Template) func(string, any) (string, error) {
	return func(text string, vals any) (string, error) {
		if err := g.meter.Step(executeSteps + int64(len(text))>>parseSteps); err != nil {
			return "", err
		}
		if !strings.Contains(text, "{{") { // most values: nothing to evaluate, and cloning all templates is slow
			return strings.ReplaceAll(text, noValue, ""), nil
		}
		if err := g.meter.Step(cloneSteps); err != nil {
			return "", err
		}
		t, err := parent.Clone()
		if err != nil {
			return "", fmt.Errorf("cannot clone template: %w", err)
		}
		t.Option(missingKey)
		t.Funcs(template.FuncMap{"include": g.include(t), "tpl": g.tpl(t)})
		t, err = t.New(parent.Name()).Parse(text)
		if err != nil {
			return "", fmt.Errorf("cannot parse template %q: %w", text, err)
		}
		g.tick(t)
		out, err := g.execute(t, vals)
		if err != nil {
			return "", fmt.Errorf("error during tpl function execution for %q: %w", text, err)
		}
		return strings.ReplaceAll(out, noValue, ""), nil
	}
}

// tick puts the empty text node into every body that lacks it.
func (g *guard) tick(t *template.Template) {
	for _, each := range t.Templates() {
		if each.Tree == nil || each.Root == nil {
			continue
		}
		if _, done := g.ticked[each.Root]; done {
			continue
		}
		g.tickNode(each.Root)
		g.tickList(each.Root)
	}
}

func (g *guard) tickList(list *parse.ListNode) {
	if _, done := g.ticked[list]; done {
		return
	}
	g.ticked[list] = struct{}{}
	tick := &parse.TextNode{NodeType: parse.NodeText, Pos: list.Pos, Text: make([]byte, 0, passSteps(list))}
	list.Nodes = append([]parse.Node{tick}, list.Nodes...)
}

func (g *guard) tickNode(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			g.tickNode(child)
		}
	case *parse.IfNode:
		g.tickBranch(&n.BranchNode)
	case *parse.WithNode:
		g.tickBranch(&n.BranchNode)
	case *parse.RangeNode:
		g.tickBranch(&n.BranchNode)
		g.tickList(n.List)
	}
}

func (g *guard) tickBranch(b *parse.BranchNode) {
	g.tickNode(b.List)
	if b.ElseList != nil {
		g.tickNode(b.ElseList)
	}
}

// passSteps is what one pass through a body costs.
func passSteps(list *parse.ListNode) int {
	if list == nil {
		return 0
	}
	steps := 0
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			steps += pipeSteps(n.Pipe)
		case *parse.TemplateNode:
			steps += pipeSteps(n.Pipe)
		case *parse.IfNode:
			steps += pipeSteps(n.Pipe) + max(passSteps(n.List), passSteps(n.ElseList))
		case *parse.WithNode:
			steps += pipeSteps(n.Pipe) + max(passSteps(n.List), passSteps(n.ElseList))
		case *parse.RangeNode:
			steps += pipeSteps(n.Pipe) + passSteps(n.ElseList)
		}
	}
	return min(steps, maxPassSteps)
}

func pipeSteps(pipe *parse.PipeNode) int {
	if pipe == nil {
		return 0
	}
	steps := 0
	for _, command := range pipe.Cmds {
		for _, arg := range command.Args {
			switch arg := arg.(type) {
			case *parse.IdentifierNode:
				steps += callSteps
			case *parse.PipeNode:
				steps += pipeSteps(arg)
			default:
				steps += fieldSteps
			}
		}
	}
	return steps
}

// counted is a buffer that charges every write.
type counted struct {
	meter *limits.Meter
	text  strings.Builder
}

func (c *counted) Write(p []byte) (int, error) {
	if len(p) == 0 { // a tick, or an empty value, whose capacity is as small as its text was
		return 0, c.meter.Step(writeSteps + int64(min(cap(p), maxPassSteps)))
	}
	if err := c.meter.Step(writeSteps + int64(len(p))>>7); err != nil {
		return 0, err
	}
	if int64(c.text.Len()+len(p)) > c.meter.Limits().OutputBytes {
		return 0, c.meter.Break(problem.New(problem.LimitOutput, "a template prints more than %d MB", c.meter.Limits().OutputBytes>>20))
	}
	if len(p) >= 64<<10 {
		if err := c.meter.Memory(); err != nil {
			return 0, err
		}
	}
	return c.text.Write(p)
}
