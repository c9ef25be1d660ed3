package helm

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
)

// maxUnpacked bounds what all archives of one chart may unpack to, nested ones included.
const maxUnpacked = 32 << 20

// maxLevels bounds how deep directories, archives and local dependencies may nest.
const maxLevels = 32

const (
	chartFile   = "Chart.yaml"
	ignoreFile  = ".helmignore"
	archiveExt  = ".tgz"
	chartsDir   = "charts/"
	localScheme = "file://"
)

var utf8bom = []byte{0xEF, 0xBB, 0xBF}

// source loads charts out of a tree.
type source struct {
	tree     *tree.Tree
	meter    *limits.Meter
	unpacked int64
	needed   bool
}

// load reads the chart at a path: a directory, or a packed chart.
func (s *source) load(at string, level int) (*chart.Chart, error) {
	if level > maxLevels {
		return nil, problem.New(problem.Cycle, "charts depend on each other through file:// without an end").In(at)
	}
	real, kind, err := s.tree.Stat(at)
	if err != nil {
		return nil, pathProblem(err, at)
	}
	var files []*archive.BufferedFile
	if kind == tree.Dir {
		files, err = s.directory(real)
	} else {
		data, readErr := s.read(real)
		if readErr != nil || data == nil {
			return nil, readErr
		}
		files, err = s.unpack(data, real)
	}
	if err != nil || s.needed {
		return nil, err
	}
	if files, err = s.unpackDependencies(files, real, level); err != nil {
		return nil, err
	}
	loaded, err := loader.LoadFiles(files)
	if err != nil {
		return nil, loadProblem(err, at)
	}
	if kind == tree.Dir {
		if err := s.local(loaded, real, level); err != nil {
			return nil, err
		}
	}
	return loaded, nil
}

// read gives a file's content, or nil when it must be sent first.
func (s *source) read(p string) ([]byte, error) {
	data, err := s.tree.Read(p)
	if errors.Is(err, tree.ErrNeeded) {
		s.needed = true
		return nil, nil
	}
	return data, err
}

// directory gives the files of a chart, as Helm's own directory loader would
// (.helmignore honoured, byte-order marks removed, links followed inside the root).
func (s *source) directory(root string) ([]*archive.BufferedFile, error) {
	rules := ignore.Empty()
	data, err := s.read(path.Join(root, ignoreFile))
	switch {
	case errors.Is(err, tree.ErrMissing):
	case err != nil:
		return nil, pathProblem(err, path.Join(root, ignoreFile))
	default:
		if rules, err = ignore.Parse(bytes.NewReader(data)); err != nil {
			return nil, problem.New(problem.Helm, "%s", err).In(path.Join(root, ignoreFile))
		}
	}
	rules.AddDefaults()
	var files []*archive.BufferedFile
	err = s.walk(root, "", rules, 0, &files)
	return files, err
}

func (s *source) walk(root, below string, rules *ignore.Rules, level int, files *[]*archive.BufferedFile) error {
	dir := path.Join(root, below)
	if level > maxLevels {
		return s.meter.Break(problem.New(problem.LimitDepth, "directories are nested deeper than %d levels, or a link leads back", maxLevels).In(dir))
	}
	_, entries, err := s.tree.List(dir)
	if err != nil {
		return pathProblem(err, dir)
	}
	for _, entry := range entries {
		name := path.Join(below, entry.Name)
		kind := entry.Kind
		if kind == tree.Link {
			if rules.Ignore(name, fileInfo{entry.Name, false}) {
				continue
			}
			if _, kind, err = s.tree.Stat(path.Join(root, name)); err != nil {
				if errors.Is(err, tree.ErrNeeded) {
					s.needed = true
					continue
				}
				return pathProblem(err, path.Join(root, name))
			}
		}
		if rules.Ignore(name, fileInfo{entry.Name, kind == tree.Dir}) {
			continue
		}
		if kind == tree.Dir {
			if err := s.walk(root, name, rules, level+1, files); err != nil {
				return err
			}
			continue
		}
		data, err := s.read(path.Join(root, name))
		if err != nil {
			return pathProblem(err, path.Join(root, name))
		}
		*files = append(*files, &archive.BufferedFile{Name: name, Data: bytes.TrimPrefix(data, utf8bom)})
	}
	return nil
}

// unpack gives the files of a packed chart, within what is left of the budget.
func (s *source) unpack(data []byte, name string) ([]*archive.BufferedFile, error) {
	left := maxUnpacked - s.unpacked
	archive.MaxDecompressedChartSize = left
	files, err := archive.LoadArchiveFiles(bytes.NewReader(data))
	if err != nil {
		if strings.Contains(err.Error(), "larger than the maximum") || strings.Contains(err.Error(), "exceeds maximum") {
			return nil, s.meter.Break(problem.New(problem.LimitOutput, "the chart archives unpack to more than %d MB", maxUnpacked>>20).In(name))
		}
		return nil, problem.New(problem.Helm, "%s", err).In(name)
	}
	for _, file := range files {
		s.unpacked += int64(len(file.Data))
	}
	return files, s.meter.Step(s.unpacked >> 6)
}

// unpackDependencies replaces each packed chart in charts/ by its files, in a directory of a name
// that nobody else has, so that one budget holds for archives in archives.
func (s *source) unpackDependencies(files []*archive.BufferedFile, name string, level int) ([]*archive.BufferedFile, error) {
	if level > maxLevels {
		return nil, s.meter.Break(problem.New(problem.LimitDepth, "chart archives are nested deeper than %d levels", maxLevels).In(name))
	}
	out := make([]*archive.BufferedFile, 0, len(files))
	for _, file := range files {
		base, ok := strings.CutPrefix(file.Name, chartsDir)
		if !ok || path.Ext(base) != archiveExt || strings.Contains(base, "/") || strings.IndexAny(base, "_.") == 0 {
			out = append(out, file)
			continue
		}
		inner, err := s.unpack(file.Data, path.Join(name, file.Name))
		if err != nil {
			return nil, err
		}
		if inner, err = s.unpackDependencies(inner, path.Join(name, file.Name), level+1); err != nil {
			return nil, err
		}
		for _, in := range inner {
			in.Name = file.Name + "~/" + in.Name
			out = append(out, in)
		}
	}
	return out, nil
}

// local adds the dependencies whose repository is a directory beside the chart
// (file://../common), which `helm dependency build` would have packed.
func (s *source) local(c *chart.Chart, dir string, level int) error {
	for _, dep := range c.Metadata.Dependencies {
		if dep == nil || has(c, dep.Name) {
			continue
		}
		target, ok := strings.CutPrefix(dep.Repository, localScheme)
		if !ok {
			continue
		}
		if strings.HasPrefix(target, "/") {
			return problem.New(problem.OutsideRoot, "the dependency %s lies outside the repository", dep.Name).In(path.Join(dir, chartFile))
		}
		sub, err := s.load(path.Join(dir, target), level+1)
		if err != nil || s.needed {
			return err
		}
		if sub.Name() == dep.Name {
			c.AddDependency(sub)
		}
	}
	return nil
}

func has(c *chart.Chart, name string) bool {
	for _, sub := range c.Dependencies() {
		if sub.Name() == name {
			return true
		}
	}
	return false
}

// missing names the dependencies of Chart.yaml that are nowhere, as Helm's install does.
func missing(c *chart.Chart) []string {
	var names []string
	for _, dep := range c.Metadata.Dependencies {
		if dep != nil && !has(c, dep.Name) {
			names = append(names, dep.Name)
		}
	}
	sort.Strings(names)
	return names
}

// fileInfo is what .helmignore's rules ask of a file.
type fileInfo struct {
	name string
	dir  bool
}

func (f fileInfo) Name() string       { return f.name }
func (f fileInfo) Size() int64        { return 0 }
func (f fileInfo) ModTime() time.Time { return time.Time{} }
func (f fileInfo) IsDir() bool        { return f.dir }
func (f fileInfo) Sys() any           { return nil }
func (f fileInfo) Mode() fs.FileMode {
	if f.dir {
		return fs.ModeDir
	}
	return 0
}
