// Package problem holds the closed list of ways in which a render can fail.
package problem

import "fmt"

// Code names a way to fail; core/problem/codes.ts holds the same list.
type Code string

// The closed list. The wording of what to do about each one lives with the codes in core.
const (
	PathMissing       Code = "render.path_missing"
	NoKustomization   Code = "render.no_kustomization"
	Kustomize         Code = "render.kustomize"
	Helm              Code = "render.helm"
	Values            Code = "render.values"
	YAML              Code = "render.yaml"
	OutsideRoot       Code = "render.outside_root"
	Cycle             Code = "render.cycle"
	Remote            Code = "render.remote"
	DependencyMissing Code = "render.dependency_missing"
	LimitSteps        Code = "render.limit_steps"
	LimitOutput       Code = "render.limit_output"
	LimitObjects      Code = "render.limit_objects"
	LimitMemory       Code = "render.limit_memory"
	LimitDepth        Code = "render.limit_depth"
	Plugin            Code = "render.plugin"
	Request           Code = "render.request"
	Generator         Code = "sops.generator"
	Bug               Code = "render.bug"
)

// Problem is one failure: a code for programs, a sentence for people, and the
// place where the engine knows it. It never holds the content of a file that
// lies outside the tree.
type Problem struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
}

func (p *Problem) Error() string { return p.Message }

// New builds a Problem from a format.
func New(code Code, format string, args ...any) *Problem {
	return &Problem{Code: code, Message: fmt.Sprintf(format, args...)}
}

// In adds the file that the Problem is about.
func (p *Problem) In(file string) *Problem {
	p.File = file
	return p
}

// At adds the line within the file.
func (p *Problem) At(line int) *Problem {
	p.Line = line
	return p
}
