package helm

import (
	"errors"
	"path"
	"regexp"
	"strconv"
	"strings"

	"plumbline.dev/renderer/output"
	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
)

// pathProblem words a failed look at the tree.
func pathProblem(err error, file string) error {
	known := (*problem.Problem)(nil)
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, tree.ErrOutside):
		return problem.New(problem.OutsideRoot, "a path or link leaves the repository").In(inside(file))
	case errors.Is(err, tree.ErrMissing), errors.Is(err, tree.ErrNotDir):
		return problem.New(problem.PathMissing, "%s does not exist", file).In(file)
	case errors.Is(err, tree.ErrLinks):
		return problem.New(problem.Cycle, "symbolic links lead in a circle").In(file)
	}
	return problem.New(problem.Helm, "%s", err).In(file)
}

// inside leaves out a path that is not one of the tree's.
func inside(file string) string {
	if _, err := tree.Clean(file); err != nil {
		return ""
	}
	return file
}

func loadProblem(err error, dir string) error {
	p := problem.New(problem.Helm, "%s", err)
	switch {
	case strings.Contains(err.Error(), "Chart.yaml file is missing"), strings.Contains(err.Error(), "cannot load Chart.yaml"):
		p.In(path.Join(dir, chartFile))
	case strings.Contains(err.Error(), "cannot load values.yaml"):
		return valuesProblem(err, path.Join(dir, "values.yaml"))
	default:
		p.In(dir)
	}
	return p
}

func valuesProblem(err error, file string) error {
	p := output.YAMLProblem(err, file, 0)
	p.Code = problem.Values
	return p
}

var templatePlace = regexp.MustCompile(`([^\s():]+):(\d+)(?::\d+)?`)

// templateProblem finds the place in what the template engine says:
// "chart/templates/web.yaml:12:3" becomes the file of the tree and line 12.
func templateProblem(err error, dir string) error {
	known := (*problem.Problem)(nil)
	if errors.As(err, &known) {
		return known
	}
	p := problem.New(problem.Helm, "%s", strings.TrimSpace(err.Error()))
	if strings.Contains(err.Error(), "exceeded maximum template depth") {
		p.Code = problem.LimitDepth
	}
	if m := templatePlace.FindStringSubmatch(err.Error()); m != nil {
		p.In(sourceFile(m[1], dir))
		if line, err := strconv.Atoi(m[2]); err == nil {
			p.At(line)
		}
	}
	return p
}

// sourceFile turns a template's name (chart/templates/web.yaml, chart/charts/sub/…) into the path in the tree.
func sourceFile(name, dir string) string {
	_, below, ok := strings.Cut(name, "/")
	if !ok {
		return name
	}
	return path.Join(dir, below)
}
