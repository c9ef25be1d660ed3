package kustomize

import (
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/yaml"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/tree"
)

// survey walks the graph of kustomizations before Kustomize does, when the tree is
// partial, to ask for all missing content at once: Kustomize stops at the first
// file that it cannot read. Every string of a kustomization that names a path of
// the tree counts as a reference. That may ask for more than is read, never for
// less, and nothing here enters the reads that are reported.
type survey struct {
	tree  *tree.Tree
	meter *limits.Meter
	seen  map[string]bool
	files *fileSystem
}

// Steps charged for each kustomization that is surveyed.
const surveySteps = 500

// kustomization surveys the directory at dir, and what it refers to.
func (s *survey) kustomization(dir string) error {
	if s.seen[dir] {
		return nil
	}
	s.seen[dir] = true
	if err := s.meter.Step(surveySteps); err != nil {
		return err
	}
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		at := path.Join(dir, name)
		s.tree.Need(at)
		data := s.tree.Peek(at)
		if replacement, ok := s.files.replaced[at]; ok {
			data = replacement
		}
		if data == nil {
			continue
		}
		var doc map[string]any
		if yaml.Unmarshal(data, &doc) != nil {
			continue // Kustomize says what is wrong with it
		}
		if err := s.references(doc, dir); err != nil {
			return err
		}
	}
	return nil
}

func (s *survey) references(v any, dir string) error {
	switch v := v.(type) {
	case map[string]any:
		for _, value := range v {
			if err := s.references(value, dir); err != nil {
				return err
			}
		}
	case []any:
		for _, value := range v {
			if err := s.references(value, dir); err != nil {
				return err
			}
		}
	case string:
		if len(v) > 1024 || strings.Contains(v, "\n") {
			return nil
		}
		if err := s.reference(v, dir); err != nil {
			return err
		}
		if _, file, ok := strings.Cut(v, "="); ok { // configMapGenerator: key=path
			return s.reference(file, dir)
		}
	}
	return nil
}

func (s *survey) reference(text, dir string) error {
	at, err := tree.Clean(path.Join(dir, text))
	if err != nil || text == "" || strings.HasPrefix(text, "/") {
		return nil
	}
	if err := s.meter.Step(1); err != nil {
		return err
	}
	kind, sent, ok := s.tree.PeekKind(at)
	switch {
	case !ok:
		return nil
	case kind == tree.Dir:
		return s.kustomization(at)
	case !sent:
		s.tree.Need(at)
	}
	return nil
}
