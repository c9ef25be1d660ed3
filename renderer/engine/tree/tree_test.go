package tree

import (
	"errors"
	"math/rand/v2"
	"path"
	"reflect"
	"strings"
	"testing"

	"plumbline.dev/renderer/limits"
)

func newTree(t *testing.T, sent map[string]string, known []string) *Tree {
	t.Helper()
	tree := New(limits.NewMeter(limits.Limits{}))
	for p, content := range sent {
		target, link := strings.CutPrefix(content, "-> ")
		if err := tree.Add(p, []byte(target), link); err != nil {
			t.Fatal(err)
		}
	}
	tree.Know(known)
	return tree
}

func TestSentAndKnownPathsLookAlike(t *testing.T) {
	tree := newTree(t, map[string]string{"a/sent": "1", "b/c/sent": "2"}, []string{"a/known", "a/known-more", "b.txt", "b/c/d/known", "b/c/sent", "z"})
	for dir, want := range map[string][]Entry{
		"":    {{"a", Dir}, {"b", Dir}, {"b.txt", File}, {"z", File}},
		"a":   {{"known", File}, {"known-more", File}, {"sent", File}},
		"b":   {{"c", Dir}},
		"b/c": {{"d", Dir}, {"sent", File}},
	} {
		if _, got, err := tree.List(dir); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v %v, expected %v", dir, got, err, want)
		}
	}
	if _, err := tree.Read("b/c/d/known"); !errors.Is(err, ErrNeeded) {
		t.Errorf("a known path was read: %v", err)
	}
	if data, err := tree.Read("b/c/sent"); err != nil || string(data) != "2" {
		t.Errorf("a sent path was not read: %v", err)
	}
	if got := tree.Needed(); !reflect.DeepEqual(got, []string{"b/c/d/known"}) {
		t.Errorf("needed %v", got)
	}
}

// Whatever links are made of, a look never leaves the root and always ends (S02).
func TestLinksNeverLeaveTheRoot(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{"..", ".", "a", "b", "l1", "l2", "l3", "", "/"}
	some := func() string {
		var p []string
		for range random.IntN(6) + 1 {
			p = append(p, parts[random.IntN(len(parts))])
		}
		return strings.Join(p, "/")
	}
	for range 20_000 {
		sent := map[string]string{"a/b/f": "x", "l1": "-> " + some(), "a/l2": "-> " + some(), "a/b/l3": "-> " + some()}
		tree := newTree(t, sent, nil)
		asked := some()
		real, _, err := tree.Stat(asked)
		if err == nil && (strings.HasPrefix(real, "..") || path.IsAbs(real)) {
			t.Fatalf("%q through %v came to %q", asked, sent, real)
		}
		if errors.Is(err, ErrOutside) && strings.Contains(err.Error(), asked) && asked != "." {
			t.Fatalf("the error tells the path: %v", err)
		}
	}
}

func TestReadsTellProbesFromReads(t *testing.T) {
	tree := newTree(t, map[string]string{"a/f": "1", "a/g": "2", "l": "-> a/f", "d/x": ""}, nil)
	for _, look := range []func() error{
		func() error { _, err := tree.Read("l"); return err },
		func() error { _, _, err := tree.Stat("a/g"); return err },
		func() error { _, _, err := tree.Stat("d"); return err },
		func() error { _, _, err := tree.List("a"); return err },
	} {
		if err := look(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tree.Read("a/none"); !errors.Is(err, ErrMissing) {
		t.Fatal(err)
	}
	want := Reads{Files: []string{"a/f", "l"}, Dirs: []string{"a"}, Missing: []string{"a/none"}, Probed: []string{"a/g", "d"}}
	if got := tree.Reads(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}
