// Package kustomize builds overlays with Kustomize's own engine, as `kustomize build` does.
package kustomize

import (
	"errors"
	"path"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/output"
	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
	"plumbline.dev/renderer/wire"
)

// flux is the dialect whose builds are unsorted, unrestricted and may generate their kustomization.
const flux = "flux"

// objectSteps is charged for each object that a build gives.
const objectSteps = 2_000

// Render builds the overlay in a directory into the collector. It fails with a Problem; when
// content is missing it gives no error and the tree says what is needed.
func Render(t *tree.Tree, meter *limits.Meter, dir string, k *wire.Kustomize, out *output.Collector) error {
	if k == nil {
		k = &wire.Kustomize{}
	}
	if _, kind, err := t.Stat(dir); err != nil {
		return pathProblem(err, dir)
	} else if kind != tree.Dir {
		return problem.New(problem.PathMissing, "%s is not a directory", dir).In(dir)
	}
	files := &fileSystem{tree: t, replaced: map[string][]byte{}}
	if err := prepare(t, dir, k, files); err != nil {
		return err
	}
	if t.Partial() {
		s := &survey{tree: t, meter: meter, seen: map[string]bool{}, files: files}
		if err := s.kustomization(dir); err != nil {
			return err
		}
		if len(t.Needed()) > 0 {
			return nil
		}
	}
	result, err := krusty.MakeKustomizer(options(k)).Run(files, path.Join(mount, dir))
	if broken := meter.Broken(); broken != nil {
		return broken
	}
	if files.refused != nil {
		return files.refused
	}
	if len(t.Needed()) > 0 {
		return nil
	}
	if t.Escaped() {
		return problem.New(problem.OutsideRoot, "a path or link of the overlay leaves the repository").In(dir)
	}
	if err != nil {
		return buildProblem(err, dir)
	}
	return collect(result, meter, out)
}

// prepare puts the kustomization.yaml that Kustomize shall see in place of the tree's.
func prepare(t *tree.Tree, dir string, k *wire.Kustomize, files *fileSystem) error {
	name, original, err := find(t, dir)
	if err != nil {
		return err
	}
	if name == "" {
		if !k.Generate {
			return problem.New(problem.NoKustomization, "there is no kustomization.yaml in %q", dir).In(dir)
		}
		if original, err = generate(t, dir); err != nil {
			return err
		}
		name = path.Join(dir, konfig.DefaultKustomizationFileName())
		files.replaced[name] = original
	}
	if err := refuseAliases(original, name); err != nil {
		return err
	}
	if original == nil || isPlain(k) {
		return nil // nothing to change, or content that must be sent first
	}
	edited, err := edit(t, dir, original, k)
	if err != nil {
		if p := (*problem.Problem)(nil); errors.As(err, &p) && p.File == "" {
			p.In(name)
		}
		return err
	}
	files.replaced[name] = edited
	return nil
}

// find gives the kustomization file of a directory and its content; the name is empty when there is none.
func find(t *tree.Tree, dir string) (string, []byte, error) {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		at := path.Join(dir, name)
		data, err := t.Read(at)
		switch {
		case err == nil, errors.Is(err, tree.ErrNeeded):
			return at, data, nil
		case !errors.Is(err, tree.ErrMissing):
			return "", nil, pathProblem(err, at)
		}
	}
	return "", nil, nil
}

func options(k *wire.Kustomize) *krusty.Options {
	o := &krusty.Options{
		Reorder:          krusty.ReorderOptionUnspecified,
		LoadRestrictions: types.LoadRestrictionsRootOnly,
		PluginConfig:     types.DisabledPluginConfig(),
	}
	if k.Dialect == flux {
		o.Reorder = krusty.ReorderOptionNone
		o.LoadRestrictions = types.LoadRestrictionsNone
	}
	switch k.LoadRestrictions {
	case "none":
		o.LoadRestrictions = types.LoadRestrictionsNone
	case "root":
		o.LoadRestrictions = types.LoadRestrictionsRootOnly
	}
	return o
}

func collect(result resmap.ResMap, meter *limits.Meter, out *output.Collector) error {
	for _, res := range result.Resources() {
		if err := meter.Step(objectSteps); err != nil {
			return err
		}
		raw, err := res.MarshalJSON()
		if err != nil {
			return problem.New(problem.YAML, "%s: %s", res.CurId(), err)
		}
		if err := out.AddJSON(raw, ""); err != nil {
			return err
		}
	}
	return nil
}

func pathProblem(err error, file string) error {
	known := (*problem.Problem)(nil)
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, tree.ErrOutside):
		return problem.New(problem.OutsideRoot, "a path or link leaves the repository")
	case errors.Is(err, tree.ErrLinks):
		return problem.New(problem.Cycle, "symbolic links lead in a circle").In(file)
	}
	return problem.New(problem.PathMissing, "%s does not exist", file).In(file)
}

var (
	yamlError = regexp.MustCompile(`MalformedYAMLError|(^|[^.\w])yaml: `)
	yamlLine  = regexp.MustCompile(`line (\d+)`)
	namedIn   = regexp.MustCompile(mount + `/([^\s'":,]+)`)
)

// buildProblem classifies what Kustomize says; its words stay, with paths relative to the repository.
func buildProblem(err error, dir string) error {
	text := err.Error()
	file := path.Join(dir, konfig.DefaultKustomizationFileName())
	if all := namedIn.FindAllStringSubmatch(text, -1); len(all) > 0 {
		file = all[len(all)-1][1]
	}
	message := strings.ReplaceAll(strings.ReplaceAll(text, mount+"/", ""), mount, ".")
	p := problem.New(problem.Kustomize, "%s", message).In(file)
	switch {
	case strings.Contains(text, `Get "http`), strings.Contains(text, "URL is a git repository"), strings.Contains(text, "git on path"):
		return problem.New(problem.Remote, "the overlay refers to something remote: vendor it or add a Source").In(file)
	case strings.Contains(text, "cycle detected"):
		p.Code = problem.Cycle
	case strings.Contains(text, tree.ErrOutside.Error()), strings.Contains(text, "cannot be absolute"):
		return problem.New(problem.OutsideRoot, "a path or link of the overlay leaves the repository").In(dir)
	case strings.Contains(text, tree.ErrLinks.Error()):
		p.Code = problem.Cycle
	case strings.Contains(text, "unable to find one of 'kustomization.yaml'"):
		p.Code = problem.NoKustomization
	case strings.Contains(text, "must specify --enable-helm"), strings.Contains(text, "--enable-alpha-plugins"), strings.Contains(text, "plugin"):
		p.Code = problem.Plugin
	case yamlError.MatchString(text):
		p.Code = problem.YAML
	}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		p.Line, _ = strconv.Atoi(m[1]) // digits, by the pattern
	}
	return p
}
