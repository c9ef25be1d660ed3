package helm

import (
	"context"
	"text/template"
	_ "unsafe" // for go:linkname

	ci "helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/engine"
)

// Helm's engine parses and executes templates in one private loop, where nothing
// can be counted. template.go has that loop with a meter in it; every other part
// (functions, scoping of values, order, wording of errors) is Helm's own code,
// reached by the names below. TestSameAsHelm compares both loops on Helm's charts.

// renderable has the layout of the engine's type of that name.
type renderable struct {
	tpl      string
	vals     common.Values
	basePath string
}

//go:linkname upstreamFuncMap helm.sh/helm/v4/pkg/engine.funcMap
func upstreamFuncMap() template.FuncMap

//go:linkname upstreamInitFunMap helm.sh/helm/v4/pkg/engine.Engine.initFunMap
func upstreamInitFunMap(e engine.Engine, ctx context.Context, t *template.Template)

//go:linkname upstreamTemplates helm.sh/helm/v4/pkg/engine.allTemplates
func upstreamTemplates(c ci.Charter, vals common.Values) map[string]renderable

//go:linkname upstreamOrder helm.sh/helm/v4/pkg/engine.sortTemplates
func upstreamOrder(templates map[string]renderable) []string

//go:linkname upstreamParseError helm.sh/helm/v4/pkg/engine.cleanupParseError
func upstreamParseError(filename string, err error) error

//go:linkname upstreamExecError helm.sh/helm/v4/pkg/engine.reformatExecErrorMsg
func upstreamExecError(filename string, err error) error
