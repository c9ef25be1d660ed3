package kustomize

import (
	"errors"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"

	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
)

// generate makes the kustomization.yaml that Flux makes for a path that has none:
// every YAML file below it is a resource, and a directory below it that has a
// kustomization is one too and is not entered.
// https://github.com/fluxcd/pkg/blob/main/kustomize/kustomize_generator.go
func generate(t *tree.Tree, dir string) ([]byte, error) {
	g := &generator{tree: t, root: dir}
	if err := g.scan("", 0); err != nil {
		return nil, err
	}
	doc := types.Kustomization{
		TypeMeta:  types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Resources: g.resources,
	}
	out, err := yaml.Marshal(doc)
	if err != nil {
		return nil, problem.New(problem.Kustomize, "%s", err)
	}
	return out, nil
}

const maxLevels = 32

type generator struct {
	tree      *tree.Tree
	root      string
	resources []string
}

func (g *generator) scan(below string, level int) error {
	dir := path.Join(g.root, below)
	if level > maxLevels {
		return problem.New(problem.LimitDepth, "directories are nested deeper than %d levels", maxLevels).In(dir)
	}
	_, entries, err := g.tree.List(dir)
	if err != nil {
		return pathProblem(err, dir)
	}
	for _, entry := range entries {
		name := path.Join(below, entry.Name)
		switch {
		case entry.Kind == tree.Dir:
			own, err := g.hasKustomization(path.Join(g.root, name))
			if err != nil {
				return err
			}
			if own {
				g.resources = append(g.resources, "./"+name)
			} else if err := g.scan(name, level+1); err != nil {
				return err
			}
		case entry.Kind == tree.Link: // Flux' walk does not follow links
		case strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"):
			if err := g.check(path.Join(g.root, name)); err != nil {
				return err
			}
			g.resources = append(g.resources, "./"+name)
		}
	}
	return nil
}

// check decodes a file as Flux does: a YAML file that is no Kubernetes manifest stops the build.
func (g *generator) check(file string) error {
	data, err := g.tree.Read(file)
	if errors.Is(err, tree.ErrNeeded) {
		return nil
	}
	if err != nil {
		return pathProblem(err, file)
	}
	if err := refuseAliases(data, file); err != nil {
		return err
	}
	if _, err := provider.NewDefaultDepProvider().GetResourceFactory().SliceFromBytes(data); err != nil {
		return problem.New(problem.YAML, "failed to decode Kubernetes YAML: %s", err).In(file)
	}
	return nil
}

func (g *generator) hasKustomization(dir string) (bool, error) {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		_, kind, err := g.tree.Stat(path.Join(dir, name))
		switch {
		case err == nil && kind != tree.Dir:
			return true, nil
		case err != nil && !errors.Is(err, tree.ErrMissing) && !errors.Is(err, tree.ErrNeeded):
			return false, pathProblem(err, path.Join(dir, name))
		}
	}
	return false, nil
}
