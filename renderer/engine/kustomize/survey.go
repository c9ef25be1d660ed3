package kustomize

import (
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/yaml"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
)

// survey walks the graph of kustomizations before Kustomize does, for two ends.
//
//  1. To ask for all missing content at once: Kustomize stops at the first file
//     that it cannot read. Every string of a kustomization that names a path of the tree counts as a
//     reference. That may ask for more than is read, never for less, and nothing
//     here enters the reads that are reported.
//  2. To refuse, with a name for it, what a renderer without network and programs cannot do:
//     remote bases and resources, Helm charts, functions in containers or programs.
type survey struct {
	tree  *tree.Tree
	meter *limits.Meter
	seen  map[string]bool
	files *fileSystem
}

// Steps charged for each kustomization that is surveyed.
const surveySteps = 500

// mayBeRemote are the fields whose entries Kustomize would fetch.
var mayBeRemote = []string{"resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators"}

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
		if err := s.document(doc, dir, at); err != nil {
			return err
		}
	}
	return nil
}

func (s *survey) document(doc map[string]any, dir, file string) error {
	if _, ok := doc["helmCharts"]; ok {
		return plugin("helmCharts", file)
	}
	if _, ok := doc["helmChartInflationGenerator"]; ok {
		return plugin("helmChartInflationGenerator", file)
	}
	for _, field := range mayBeRemote {
		entries, _ := doc[field].([]any)
		for _, entry := range entries {
			text, ok := entry.(string)
			if !ok {
				continue
			}
			if strings.HasPrefix(text, "file:") {
				return problem.New(problem.OutsideRoot, "a %s entry is a file: URL, which lies outside the repository", field).In(file)
			}
			if isRemote(text) && !s.exists(dir, text) {
				return problem.New(problem.Remote, "%s holds the remote %s: vendor it or add a Source", field, redact(text)).In(file)
			}
		}
	}
	for _, field := range []string{"generators", "transformers", "validators"} {
		entries, _ := doc[field].([]any)
		for _, entry := range entries {
			if err := s.function(entry, dir, file); err != nil {
				return err
			}
		}
	}
	return s.references(doc, dir)
}

// function refuses generators and transformers that run a program.
func (s *survey) function(entry any, dir, file string) error {
	text, ok := entry.(string)
	if !ok {
		return nil
	}
	body := []byte(text)
	if at := path.Join(dir, text); !strings.Contains(text, "\n") {
		s.tree.Need(at)
		if body = s.tree.Peek(at); body == nil {
			return nil
		}
		file = at
	}
	var config struct {
		Metadata struct {
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
		Kind string `json:"kind"`
	}
	if yaml.Unmarshal(body, &config) != nil {
		return nil
	}
	if config.Kind == "HelmChartInflationGenerator" {
		return plugin(config.Kind, file)
	}
	for _, key := range []string{"config.kubernetes.io/function", "config.k8s.io/function"} {
		if _, ok := config.Metadata.Annotations[key]; ok {
			return plugin(config.Kind, file)
		}
	}
	return nil
}

func plugin(name, file string) error {
	return problem.New(problem.Plugin, "%s runs a program, which the renderer never does", name).In(file)
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

func (s *survey) exists(dir, text string) bool {
	at, err := tree.Clean(path.Join(dir, text))
	if err != nil {
		return false
	}
	_, _, ok := s.tree.PeekKind(at)
	return ok
}

// isRemote knows the forms that Kustomize takes for an URL or a Git repository.
func isRemote(text string) bool {
	if strings.Contains(text, "\n") || strings.HasPrefix(text, ".") {
		return false
	}
	host, _, _ := strings.Cut(text, "/")
	return strings.Contains(text, "://") || strings.HasPrefix(text, "git@") || strings.HasPrefix(text, "git::") ||
		strings.Contains(text, "?ref=") || strings.Contains(text, "?version=") || strings.Contains(text, ".git/") || strings.HasSuffix(text, ".git") ||
		strings.HasPrefix(text, "github.com") || (strings.Contains(host, ":") && strings.Contains(host, "@"))
}

// redact cuts credentials and queries out of a URL.
func redact(text string) string {
	text, _, _ = strings.Cut(text, "?")
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		if at := strings.LastIndex(rest, "@"); at >= 0 {
			rest = rest[at+1:]
		}
		return scheme + "://" + rest
	}
	return text
}
