package helm

import (
	"errors"
	"path"
	"sort"
	"strings"

	"plumbline.dev/renderer/tree"
)

// expand resolves value files to paths of the tree. As in Argo CD a name with *, ? or [
// stands for the files that match, in name order (** crosses folders), without those
// that are also named by themselves; and a file that is named twice counts once, at its first place.
// https://github.com/argoproj/argo-cd/blob/v3.5.7/reposerver/repository/repository.go#L1436
func (s *source) expand(dir string, names []string) ([]valueFile, error) {
	explicit := map[string]bool{}
	for _, name := range names {
		if at := s.beside(dir, name); !isGlob(at) {
			explicit[at] = true
		}
	}
	var files []valueFile
	seen := map[string]bool{}
	add := func(name, at string) {
		if !seen[at] {
			seen[at] = true
			files = append(files, valueFile{name, at})
		}
	}
	for _, name := range names {
		at := s.beside(dir, name)
		if !isGlob(at) {
			add(name, at)
			continue
		}
		if _, err := tree.Clean(at); err != nil {
			return nil, pathProblem(s.tree.Outside(), name)
		}
		matches, err := s.glob("", strings.Split(at, "/"), 0)
		if err != nil {
			return nil, pathProblem(err, name)
		}
		sort.Strings(matches)
		if len(matches) == 0 {
			add(name, at) // reported, or skipped, as a missing file
		}
		for _, match := range matches {
			if !explicit[match] {
				add(match, match)
			}
		}
	}
	return files, nil
}

// valueFile is a value file as the App names it and where it is.
type valueFile struct{ name, at string }

func isGlob(p string) bool { return strings.ContainsAny(p, "*?[") }

// glob matches a pattern's elements against the folder at dir.
func (s *source) glob(dir string, pattern []string, level int) ([]string, error) {
	if level > maxLevels {
		return nil, nil
	}
	if !isGlob(pattern[0]) {
		at := path.Join(dir, pattern[0])
		_, kind, err := s.tree.Stat(at)
		return s.descend(at, kind, err, pattern[1:], level)
	}
	_, entries, err := s.tree.List(dir)
	if errors.Is(err, tree.ErrMissing) || errors.Is(err, tree.ErrNotDir) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var matches []string
	if pattern[0] == "**" && len(pattern) > 1 {
		if matches, err = s.glob(dir, pattern[1:], level+1); err != nil {
			return nil, err
		}
	}
	for _, entry := range entries {
		at, rest := path.Join(dir, entry.Name), pattern[1:]
		if pattern[0] == "**" {
			if entry.Kind != tree.Dir {
				if len(pattern) == 1 {
					matches = append(matches, at)
				}
				continue
			}
			rest = pattern
		} else if ok, err := path.Match(pattern[0], entry.Name); err != nil || !ok {
			continue
		}
		below, err := s.descend(at, entry.Kind, nil, rest, level+1)
		if err != nil {
			return nil, err
		}
		matches = append(matches, below...)
	}
	return matches, nil
}

func (s *source) descend(at string, kind tree.Kind, err error, rest []string, level int) ([]string, error) {
	switch {
	case errors.Is(err, tree.ErrMissing), errors.Is(err, tree.ErrNotDir):
		return nil, nil
	case err != nil:
		return nil, err
	case len(rest) == 0 && kind != tree.Dir:
		return []string{at}, nil
	case len(rest) == 0 || kind == tree.File:
		return nil, nil
	}
	return s.glob(at, rest, level+1)
}
