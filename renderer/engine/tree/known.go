package tree

import (
	"slices"
	"sort"
	"strings"
)

// known is the sorted list of paths that exist without their content. A
// repository may have tens of thousands and a render looks at a few, so the list
// is searched as it is: a path is a file when it is in the list, and a directory
// when the list goes on with the path and a slash.
type known []string

func newKnown(paths []string) known {
	if !slices.IsSorted(paths) {
		paths = slices.Clone(paths)
		slices.Sort(paths)
	}
	return paths
}

// kind says what a path is; ok is false when nothing is there.
func (k known) kind(path string) (kind Kind, ok bool) {
	if i := sort.SearchStrings(k, path); i < len(k) && k[i] == path {
		return File, true
	}
	below := path + "/"
	if i := sort.SearchStrings(k, below); i < len(k) && strings.HasPrefix(k[i], below) {
		return Dir, true
	}
	return 0, false
}

// names gives the names in a directory.
func (k known) names(dir string) []string {
	prefix := ""
	if dir != "" {
		prefix = dir + "/"
	}
	var names []string
	for i := sort.SearchStrings(k, prefix); i < len(k) && strings.HasPrefix(k[i], prefix); {
		name, _, deeper := strings.Cut(k[i][len(prefix):], "/")
		if name != "" {
			names = append(names, name)
		}
		if !deeper {
			i++
			continue
		}
		// Everything below this name: "0" is the character after "/".
		i += sort.SearchStrings(k[i:], prefix+name+"0")
	}
	return names
}
