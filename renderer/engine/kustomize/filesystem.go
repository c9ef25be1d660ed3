package kustomize

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"plumbline.dev/renderer/tree"
)

// mount is where Kustomize sees the root of the repository. It is not "/", so
// that a path with one ".." too many is seen to leave the repository; and nobody
// can guess it, so that no path leaves the repository and comes back. It is in no output and in no message.
var mount = "/" + rand.Text()

// kustomizationSteps is what accumulating one more base costs, however often it was met before.
const kustomizationSteps = 30_000

var errReadOnly = errors.New("the tree is read-only")

// fileSystem shows a tree to Kustomize, with some files replaced: the
// kustomization.yaml that holds what the App adds. A replaced file counts as
// read when it is in the tree too.
type fileSystem struct {
	tree     *tree.Tree
	replaced map[string][]byte
	refused  error
}

var _ filesys.FileSystem = (*fileSystem)(nil)

// relative gives the tree's path of one of Kustomize's.
func (f *fileSystem) relative(p string) (string, error) {
	clean := path.Clean(p)
	if clean == mount {
		return "", nil
	}
	rest, ok := strings.CutPrefix(clean, mount+"/")
	if !ok {
		return "", f.tree.Outside()
	}
	return rest, nil
}

func (f *fileSystem) stat(p string) (string, tree.Kind, error) {
	rel, err := f.relative(p)
	if err != nil {
		return "", 0, err
	}
	real, kind, err := f.tree.Stat(rel)
	if errors.Is(err, tree.ErrMissing) {
		if _, ok := f.replaced[rel]; ok {
			return rel, tree.File, nil
		}
	}
	return real, kind, err
}

func (f *fileSystem) ReadFile(p string) ([]byte, error) {
	rel, err := f.relative(p)
	if err != nil {
		return nil, err
	}
	data, err := f.tree.Read(rel)
	if replacement, ok := f.replaced[rel]; ok && (err == nil || errors.Is(err, tree.ErrMissing)) {
		data, err = replacement, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p, Err: err}
	}
	if err := f.tree.Charge(2 * int64(len(data))); err != nil { // Kustomize parses and prints it
		return nil, err
	}
	if err := refuseAliases(data, rel); err != nil {
		f.refused = err
		return nil, err
	}
	if isKustomization(path.Base(rel)) {
		if err := f.tree.Charge(kustomizationSteps); err != nil {
			return nil, err
		}
		if err := f.refuse(rel, data); err != nil {
			f.refused = err
			return nil, err
		}
	}
	return data, nil
}

func isKustomization(name string) bool {
	for _, known := range konfig.RecognizedKustomizationFileNames() {
		if name == known {
			return true
		}
	}
	return false
}

func (f *fileSystem) IsDir(p string) bool {
	_, kind, err := f.stat(p)
	return err == nil && kind == tree.Dir
}

func (f *fileSystem) Exists(p string) bool {
	_, _, err := f.stat(p)
	return err == nil
}

func (f *fileSystem) CleanedAbs(p string) (filesys.ConfirmedDir, string, error) {
	real, kind, err := f.stat(p)
	if err != nil {
		return "", "", &fs.PathError{Op: "lstat", Path: p, Err: err}
	}
	full := path.Join(mount, real)
	if kind == tree.Dir {
		return filesys.ConfirmedDir(full), "", nil
	}
	return filesys.ConfirmedDir(path.Dir(full)), path.Base(full), nil
}

func (f *fileSystem) ReadDir(p string) ([]string, error) {
	rel, err := f.relative(p)
	if err != nil {
		return nil, err
	}
	_, entries, err := f.tree.List(rel)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p, Err: err}
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name
	}
	return names, nil
}

// Glob matches one path element after another, listing only the directories that the pattern names.
func (f *fileSystem) Glob(pattern string) ([]string, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, err
	}
	if !strings.ContainsAny(pattern, `*?[\`) {
		if !f.Exists(pattern) {
			return nil, nil
		}
		return []string{pattern}, nil
	}
	dir, last := path.Split(pattern)
	dirs, err := f.Glob(path.Clean(dir))
	if err != nil {
		return nil, err
	}
	var matches []string
	for _, d := range dirs {
		names, err := f.ReadDir(d)
		if err != nil {
			continue
		}
		for _, name := range names {
			if ok, _ := path.Match(last, name); ok { // the pattern was checked above
				matches = append(matches, path.Join(d, name))
			}
		}
	}
	return matches, nil
}

func (f *fileSystem) Walk(root string, walk filepath.WalkFunc) error {
	_, kind, err := f.stat(root)
	if err != nil {
		return walk(root, nil, err)
	}
	err = f.walk(root, info{path.Base(root), kind}, walk)
	if errors.Is(err, filepath.SkipDir) {
		return nil
	}
	return err
}

func (f *fileSystem) walk(p string, i info, walk filepath.WalkFunc) error {
	if err := walk(p, i, nil); err != nil || !i.IsDir() {
		return err
	}
	rel, err := f.relative(p)
	if err != nil {
		return err
	}
	_, entries, err := f.tree.List(rel)
	if err != nil {
		return walk(p, i, err)
	}
	for _, entry := range entries {
		err := f.walk(path.Join(p, entry.Name), info{entry.Name, entry.Kind}, walk)
		if err != nil && !(errors.Is(err, filepath.SkipDir) && entry.Kind == tree.Dir) {
			return err
		}
	}
	return nil
}

func (f *fileSystem) Open(p string) (filesys.File, error) {
	data, err := f.ReadFile(p)
	if err != nil {
		return nil, err
	}
	return &file{Reader: bytes.NewReader(data), name: path.Base(p)}, nil
}

func (f *fileSystem) Create(string) (filesys.File, error) { return nil, errReadOnly }
func (f *fileSystem) Mkdir(string) error                  { return errReadOnly }
func (f *fileSystem) MkdirAll(string) error               { return errReadOnly }
func (f *fileSystem) RemoveAll(string) error              { return errReadOnly }
func (f *fileSystem) WriteFile(string, []byte) error      { return errReadOnly }

type file struct {
	*bytes.Reader
	name string
}

var _ io.Reader = (*file)(nil)

func (f *file) Write([]byte) (int, error)  { return 0, errReadOnly }
func (f *file) Close() error               { return nil }
func (f *file) Stat() (fs.FileInfo, error) { return info{f.name, tree.File}, nil }

type info struct {
	name string
	kind tree.Kind
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return 0 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.kind == tree.Dir }
func (i info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	switch i.kind {
	case tree.Dir:
		return fs.ModeDir
	case tree.Link:
		return fs.ModeSymlink
	}
	return 0
}
