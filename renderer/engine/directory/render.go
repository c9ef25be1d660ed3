// Package directory takes plain manifests from a folder, as Argo CD's directory sources do.
package directory

import (
	"bytes"
	"errors"
	"path"
	"strings"

	"github.com/gobwas/glob"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/output"
	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
	"plumbline.dev/renderer/wire"
)

const maxLevels = 32

// skipMarker in a file makes Argo CD leave it alone.
var skipMarker = []byte("+argocd:skip-file-rendering")

// Render adds the objects of every manifest in a folder (*.yaml, *.yml, *.json) to
// the collector, in path order. It fails with a Problem; when content is missing it gives no error
// and the tree says what is needed.
func Render(t *tree.Tree, meter *limits.Meter, dir string, d *wire.Directory, out *output.Collector) error {
	if d == nil {
		d = &wire.Directory{}
	}
	f := &finder{tree: t, meter: meter, root: dir, recurse: d.Recurse}
	var err error
	if f.include, err = compile(d.Include); err != nil {
		return problem.New(problem.Request, "directory.include is not a pattern: %s", err)
	}
	if f.exclude, err = compile(d.Exclude); err != nil {
		return problem.New(problem.Request, "directory.exclude is not a pattern: %s", err)
	}
	if err := f.folder("", 0); err != nil {
		return err
	}
	if len(t.Needed()) > 0 {
		return nil
	}
	for _, file := range f.files {
		if err := add(file, out); err != nil {
			return err
		}
	}
	return nil
}

func compile(pattern string) (glob.Glob, error) {
	if pattern == "" {
		return nil, nil
	}
	return glob.Compile(pattern)
}

type manifest struct {
	path string
	data []byte
}

type finder struct {
	tree             *tree.Tree
	meter            *limits.Meter
	root             string
	recurse          bool
	include, exclude glob.Glob
	files            []manifest
}

func (f *finder) folder(below string, level int) error {
	dir := path.Join(f.root, below)
	if level > maxLevels {
		return f.meter.Break(problem.New(problem.LimitDepth, "directories are nested deeper than %d levels", maxLevels).In(dir))
	}
	_, entries, err := f.tree.List(dir)
	if err != nil {
		return pathProblem(err, dir)
	}
	for _, entry := range entries {
		name := path.Join(below, entry.Name)
		if entry.Kind == tree.Dir {
			if f.recurse {
				if err := f.folder(name, level+1); err != nil {
					return err
				}
			}
			continue
		}
		if err := f.file(name, entry.Kind == tree.Link); err != nil {
			return err
		}
	}
	return nil
}

// file takes one entry that is no directory. As in Argo CD a link to a directory is not followed, and one to nowhere is left out.
func (f *finder) file(name string, link bool) error {
	at := path.Join(f.root, name)
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json", ".jsonnet":
	default:
		return nil
	}
	if f.exclude != nil && f.exclude.Match(name) || f.include != nil && !f.include.Match(name) {
		return nil
	}
	if path.Ext(name) == ".jsonnet" {
		return problem.New(problem.Plugin, "Jsonnet is not rendered yet: commit the manifests that it prints").In(at)
	}
	data, err := f.tree.Read(at)
	switch {
	case errors.Is(err, tree.ErrNeeded), errors.Is(err, tree.ErrIsDir), link && errors.Is(err, tree.ErrMissing):
		return nil
	case err != nil:
		return pathProblem(err, at)
	}
	f.files = append(f.files, manifest{at, data})
	return nil
}

// add splits a file into documents. A YAML file that does not parse and does not
// look like a manifest is something else that lies in the folder, and is left out.
// https://github.com/argoproj/argo-cd/blob/v3.5.7/reposerver/repository/repository.go
func add(file manifest, out *output.Collector) error {
	data := bytes.TrimPrefix(file.data, []byte{0xEF, 0xBB, 0xBF})
	if bytes.Contains(data, skipMarker) {
		return nil
	}
	if strings.HasSuffix(file.path, ".json") {
		return out.AddYAML(data, file.path)
	}
	before := len(out.Objects())
	for _, doc := range output.Documents(data) {
		err := out.AddYAML(doc.Body, file.path)
		if err == nil {
			continue
		}
		p := (*problem.Problem)(nil)
		if !errors.As(err, &p) || p.Code != problem.YAML {
			return err
		}
		if len(out.Objects()) == before && !looksLikeManifest(data) {
			return nil
		}
		if p.Line > 0 {
			p.Line += doc.Line
		} else {
			p.Line = doc.Line + 1
		}
		return p
	}
	return nil
}

func looksLikeManifest(data []byte) bool {
	return bytes.Contains(data, []byte("apiVersion:")) && bytes.Contains(data, []byte("kind:")) && bytes.Contains(data, []byte("metadata:"))
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
