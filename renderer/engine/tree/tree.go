// Package tree is the commit's files in memory, read-only, recording every look.
//
// Paths are relative to the root of the repository, with slashes, "" is the
// root. A file may be known without its content (a partial tree): reading it
// records the path as needed and fails with ErrNeeded, and the caller sends the
// content and asks again.
//
// Symbolic links are followed inside the root only, component by component, at
// most maxLinks of them. A link that leaves the root fails with ErrOutside; neither
// what it points at nor its target's text reaches an error.
package tree

import (
	"errors"
	"path"
	"sort"
	"strings"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/problem"
)

// Steps charged for looking a path up, and for a file's content per 256 bytes.
const (
	lookupSteps = 20
	readShift   = 8
)

const maxLinks = 40

// The ways in which looking at a path fails.
var (
	ErrMissing = errors.New("no such file or directory")
	ErrNotDir  = errors.New("not a directory")
	ErrIsDir   = errors.New("is a directory")
	ErrNeeded  = errors.New("the content was not sent")
	ErrOutside = errors.New("the path leaves the repository")
	ErrLinks   = errors.New("too many symbolic links")
)

// Kind says what a path is.
type Kind int

// The kinds of entries; links are resolved before anybody sees them, except in a listing.
const (
	File Kind = iota
	Link
	Dir
)

// Entry is one name in a directory.
type Entry struct {
	Name string
	Kind Kind
}

type node struct {
	kind     Kind
	data     []byte
	sent     bool
	children map[string]*node
	names    []string
}

// Tree is one commit's files.
type Tree struct {
	root  *node
	meter *limits.Meter
	reads reads
	known known
}

// New gives an empty tree whose reads are charged to the meter.
func New(meter *limits.Meter) *Tree {
	return &Tree{root: newDir(), meter: meter, reads: newReads()}
}

func newDir() *node { return &node{kind: Dir, children: map[string]*node{}} }

// Add puts a file or link into the tree; data is kept, not copied. It fails on names that no honest tree holds.
func (t *Tree) Add(file string, data []byte, link bool) error {
	parts := strings.Split(file, "/")
	at := t.root
	for i, part := range parts {
		if part == "" || part == "." || part == ".." || strings.ContainsRune(part, 0) {
			return problem.New(problem.Request, "the request holds an impossible path")
		}
		next := at.children[part]
		if i == len(parts)-1 {
			if next != nil && next.kind == Dir {
				return problem.New(problem.Request, "a path of the request is a file and a folder")
			}
			kind := File
			if link {
				kind = Link
			}
			at.children[part] = &node{kind: kind, data: data, sent: true}
			return nil
		}
		if next == nil {
			next = newDir()
			at.children[part] = next
		}
		if next.kind != Dir {
			return problem.New(problem.Request, "a path of the request lies below a file")
		}
		at = next
	}
	return nil
}

// Know says which paths exist besides those that are added. They cost nothing until something looks at them.
func (t *Tree) Know(paths []string) { t.known = newKnown(paths) }

// child gives what a directory holds under a name, or nil; path is the child's own.
func (t *Tree) child(dir *node, name, path string) *node {
	found := dir.children[name]
	if found == nil {
		kind, ok := t.known.kind(path)
		if !ok {
			return nil
		}
		found = &node{kind: kind}
		if kind == Dir {
			found = newDir()
		}
		dir.children[name] = found
	}
	return found
}

// Charge spends steps on what is done with a file beyond reading it, and looks at the heap.
func (t *Tree) Charge(steps int64) error {
	if err := t.meter.Step(steps); err != nil {
		return err
	}
	return t.meter.Memory()
}

// Partial tells whether some content was not sent.
func (t *Tree) Partial() bool { return len(t.known) > 0 }

// Clean brings a path into the tree's form: relative to the root, no dots. It
// fails with ErrOutside when the path climbs out of the root.
func Clean(p string) (string, error) {
	clean := path.Clean(p)
	if clean == "." || clean == "/" {
		return "", nil
	}
	if clean == ".." || strings.HasPrefix(clean, "../") || strings.HasPrefix(clean, "/") || strings.ContainsRune(clean, 0) {
		return "", ErrOutside
	}
	return clean, nil
}

// Stat looks at a path. It gives the path with every link resolved and what is
// there, and fails with ErrMissing, ErrOutside, ErrLinks, ErrNotDir, or ErrNeeded (a link whose target was not sent).
func (t *Tree) Stat(p string) (string, Kind, error) {
	real, found, err := t.resolve(p)
	if err != nil {
		return "", 0, err
	}
	t.reads.probe(real)
	return real, found.kind, nil
}

// Read gives the content of a file; the bytes belong to the request and must not be changed.
func (t *Tree) Read(p string) ([]byte, error) {
	real, found, err := t.resolve(p)
	if err != nil {
		return nil, err
	}
	if found.kind == Dir {
		t.reads.probe(real)
		return nil, ErrIsDir
	}
	t.reads.file(real)
	if !found.sent {
		t.reads.need(real)
		return nil, ErrNeeded
	}
	if err := t.meter.Step(int64(len(found.data)) >> readShift); err != nil {
		return nil, err
	}
	return found.data, nil
}

// Peek gives a file's content without recording that it was read; nil when it is absent or was not sent.
func (t *Tree) Peek(p string) []byte {
	_, found, err := t.lookup(p, func(string) {})
	if err != nil || found.kind == Dir {
		return nil
	}
	return found.data
}

// PeekKind says what a path is without recording the look; ok is false when nothing is there.
func (t *Tree) PeekKind(p string) (kind Kind, sent, ok bool) {
	_, found, err := t.lookup(p, func(string) {})
	if err != nil {
		return 0, false, errors.Is(err, ErrNeeded)
	}
	return found.kind, found.sent || found.kind == Dir, true
}

// Need asks for a known file's content without reading it (to collect many in one round).
func (t *Tree) Need(p string) {
	real, found, err := t.lookup(p, func(string) {})
	if errors.Is(err, ErrNeeded) || (err == nil && found.kind != Dir && !found.sent) {
		t.reads.need(real)
	}
}

// List gives the entries of a directory in name order.
func (t *Tree) List(p string) (string, []Entry, error) {
	real, found, err := t.resolve(p)
	if err != nil {
		return "", nil, err
	}
	if found.kind != Dir {
		t.reads.probe(real)
		return "", nil, ErrNotDir
	}
	t.reads.dir(real)
	if found.names == nil {
		for _, name := range t.known.names(real) {
			t.child(found, name, join(real, name))
		}
		found.names = make([]string, 0, len(found.children))
		for name := range found.children {
			found.names = append(found.names, name)
		}
		sort.Strings(found.names)
	}
	if err := t.meter.Step(int64(len(found.names))); err != nil {
		return "", nil, err
	}
	entries := make([]Entry, len(found.names))
	for i, name := range found.names {
		entries[i] = Entry{Name: name, Kind: found.children[name].kind}
	}
	return real, entries, nil
}

// Escaped tells whether any look left the root.
func (t *Tree) Escaped() bool { return t.reads.escaped }

// Reads gives what was looked at so far.
func (t *Tree) Reads() Reads { return t.reads.report() }

// Needed gives the paths whose content is missing.
func (t *Tree) Needed() []string { return sorted(t.reads.needed) }

// Outside records that somebody asked for a path outside of the root.
func (t *Tree) Outside() error {
	t.reads.escaped = true
	return ErrOutside
}

func (t *Tree) resolve(p string) (string, *node, error) {
	if err := t.meter.Step(lookupSteps); err != nil {
		return "", nil, err
	}
	real, found, err := t.lookup(p, t.reads.file)
	switch {
	case errors.Is(err, ErrOutside):
		t.reads.escaped = true
	case errors.Is(err, ErrNeeded):
		t.reads.need(real)
	case errors.Is(err, ErrMissing):
		t.reads.absent(real)
	case errors.Is(err, ErrNotDir):
		t.reads.probe(real)
	}
	return real, found, err
}

// lookup walks from the root, following links. On failure the path that it gives
// is the first one that is missing (or not a directory, or not sent).
func (t *Tree) lookup(p string, sawLink func(string)) (string, *node, error) {
	clean, err := Clean(p)
	if err != nil {
		return "", nil, err
	}
	var done []string
	chain := []*node{t.root}
	todo := split(clean)
	for links := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		if part == ".." { // only from a link's target: Clean removed the others
			if len(done) == 0 {
				return "", nil, ErrOutside
			}
			done, chain = done[:len(done)-1], chain[:len(chain)-1]
			continue
		}
		at := chain[len(chain)-1]
		here := strings.Join(append(done[:len(done):len(done)], part), "/")
		if at.kind != Dir {
			return strings.Join(done, "/"), nil, ErrNotDir
		}
		next := t.child(at, part, here)
		if next == nil {
			return here, nil, ErrMissing
		}
		if next.kind != Link {
			done, chain = append(done, part), append(chain, next)
			continue
		}
		links++
		if links > maxLinks {
			return here, nil, ErrLinks
		}
		sawLink(here)
		if !next.sent {
			return here, nil, ErrNeeded
		}
		target := string(next.data)
		if strings.HasPrefix(target, "/") || strings.ContainsRune(target, 0) {
			return here, nil, ErrOutside
		}
		todo = append(linkParts(target), todo...)
	}
	return strings.Join(done, "/"), chain[len(chain)-1], nil
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

func split(clean string) []string {
	if clean == "" {
		return nil
	}
	return strings.Split(clean, "/")
}

// linkParts keeps "..", which must be applied after the links before it are resolved.
func linkParts(target string) []string {
	var parts []string
	for part := range strings.SplitSeq(target, "/") {
		if part != "" && part != "." {
			parts = append(parts, part)
		}
	}
	return parts
}
