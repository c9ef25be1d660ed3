package kustomize

import (
	"bytes"
	"path"
	"strings"

	"sigs.k8s.io/yaml"

	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
)

// What a renderer without network and programs cannot do is refused with a name
// for it, when Kustomize reads the kustomization that asks for it: remote bases and
// resources, Helm charts, functions in containers or programs.

// mayBeRemote are the fields whose entries Kustomize would fetch.
var mayBeRemote = []string{"resources", "bases", "components", "crds", "configurations", "generators", "transformers", "validators"}

// suspicious are the bytes without which a kustomization asks for none of this.
var suspicious = [][]byte{
	[]byte("helmChart"), []byte("generators"), []byte("transformers"), []byte("validators"),
	[]byte("://"), []byte("file:"), []byte("git"), []byte("?ref="), []byte("?version="), []byte("@"), []byte("secretGenerator"),
}

// refuse looks at a kustomization's content; it fails with render.remote, render.plugin, render.outside_root or sops.generator.
func (f *fileSystem) refuse(file string, content []byte) error {
	suspected := false
	for _, mark := range suspicious {
		suspected = suspected || bytes.Contains(content, mark)
	}
	if !suspected {
		return nil
	}
	var doc map[string]any
	if yaml.Unmarshal(content, &doc) != nil {
		return nil // Kustomize says what is wrong with it
	}
	dir := path.Dir(file)
	if dir == "." {
		dir = ""
	}
	return f.document(doc, dir, file)
}

func (f *fileSystem) document(doc map[string]any, dir, file string) error {
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
			if isRemote(text) && !f.known(dir, text) {
				return problem.New(problem.Remote, "%s holds the remote %s: vendor it or add a Source", field, redact(text)).In(file)
			}
		}
	}
	if err := f.generated(doc, dir); err != nil {
		return err
	}
	for _, field := range []string{"generators", "transformers", "validators"} {
		entries, _ := doc[field].([]any)
		for _, entry := range entries {
			if err := f.function(entry, dir, file); err != nil {
				return err
			}
		}
	}
	return nil
}

// function refuses generators and transformers that run a program.
func (f *fileSystem) function(entry any, dir, file string) error {
	text, ok := entry.(string)
	if !ok {
		return nil
	}
	body := []byte(text)
	if at := path.Join(dir, text); !strings.Contains(text, "\n") {
		f.tree.Need(at)
		if body = f.tree.Peek(at); body == nil {
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

func (f *fileSystem) known(dir, text string) bool {
	at, err := tree.Clean(path.Join(dir, text))
	if err != nil {
		return false
	}
	_, _, ok := f.tree.PeekKind(at)
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
