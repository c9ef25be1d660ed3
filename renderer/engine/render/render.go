// Package render is the whole engine behind one function: a request in, a response out.
package render

import (
	"encoding/json"
	"errors"
	"fmt"

	"plumbline.dev/renderer/directory"
	"plumbline.dev/renderer/helm"
	"plumbline.dev/renderer/kustomize"
	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/output"
	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
	"plumbline.dev/renderer/wire"
)

// Bytes renders a request (see package wire) and gives the response as JSON. It never panics.
func Bytes(request []byte) []byte {
	response := Render(request)
	out, err := json.Marshal(response)
	if err != nil {
		out, _ = json.Marshal(wire.Response{Problem: problem.New(problem.Bug, "the response cannot be written: %s", err)})
	}
	return out
}

// Render renders a request.
func Render(request []byte) *wire.Response {
	response := &wire.Response{Warnings: []string{}, Chance: []string{}, Reads: tree.Reads{Files: []string{}, Dirs: []string{}, Missing: []string{}, Probed: []string{}}}
	parsed, err := wire.Parse(request)
	if err != nil {
		response.Problem = toProblem(err)
		return response
	}
	meter := limits.NewMeter(parsed.Header.Limits)
	files := tree.New(meter)
	out := output.NewCollector(meter)
	err = run(parsed, files, meter, out, response)
	response.Reads = files.Reads()
	response.Steps, response.Memory = meter.Steps(), meter.Peak()
	broken := meter.Broken()
	switch needed := files.Needed(); {
	case broken != nil:
		response.Problem = broken
	case err != nil:
		response.Problem = toProblem(err)
	case len(needed) > 0:
		response.Need = needed
	case files.Escaped():
		response.Problem = problem.New(problem.OutsideRoot, "a path or link leaves the repository")
	default:
		response.Objects, response.Origins = out.Objects(), out.Origins()
	}
	return response
}

// run fills the tree and hands over to the engine. A panic in an engine is a bug of that engine, and costs one render.
func run(request *wire.Request, files *tree.Tree, meter *limits.Meter, out *output.Collector, response *wire.Response) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = problem.New(problem.Bug, "the engine failed: %s", fmt.Sprint(r))
		}
	}()
	h := &request.Header
	for i, f := range h.Files {
		if err := files.Add(f.Path, request.Contents[i], f.Mode == "link"); err != nil {
			return err
		}
	}
	files.Know(request.Known)
	at, err := tree.Clean(h.Path)
	if err != nil {
		return problem.New(problem.OutsideRoot, "the path leaves the repository")
	}
	switch h.Engine {
	case "kustomize":
		err = kustomize.Render(files, meter, at, h.Kustomize, out)
		if err == nil && h.Kustomize != nil {
			err = out.Overlay(h.Kustomize.CommonMetadata)
		}
	case "helm":
		var result helm.Result
		result, err = helm.Render(files, meter, at, h.Helm, out)
		response.Warnings = append(response.Warnings, result.Warnings...)
		response.Chance = append(response.Chance, result.Chance...)
		if err == nil && h.Helm != nil {
			err = out.Overlay(h.Helm.CommonMetadata)
		}
	case "directory":
		err = directory.Render(files, meter, at, h.Directory, out)
	default:
		err = problem.New(problem.Request, "there is no engine called %q", h.Engine)
	}
	return err
}

func toProblem(err error) *problem.Problem {
	known := (*problem.Problem)(nil)
	if errors.As(err, &known) {
		return known
	}
	return problem.New(problem.Bug, "%s", err)
}
