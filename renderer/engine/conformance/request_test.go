package conformance

import (
	"encoding/binary"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"plumbline.dev/renderer/render"
	"plumbline.dev/renderer/wire"
)

// files maps a path of the tree to its content.
type files map[string]string

// encode writes a request: header holds everything but the files.
func encode(t *testing.T, header map[string]any, tree files) []byte {
	t.Helper()
	var list []map[string]any
	var contents []byte
	for path, content := range tree {
		list = append(list, map[string]any{"path": path, "size": len(content)})
		contents = append(contents, content...)
	}
	header["files"] = list
	raw, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(raw)))
	return append(append(out, raw...), contents...)
}

func renderTree(t *testing.T, header map[string]any, tree files) *wire.Response {
	t.Helper()
	return render.Render(encode(t, header, tree))
}

// moduleDir finds an upstream module in the module cache.
func moduleDir(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatalf("where is %s: %v", module, err)
	}
	return strings.TrimSpace(string(out))
}

// readTree reads a directory of the disk, its files named relative to root.
func readTree(t *testing.T, root, dir string) files {
	t.Helper()
	tree := files{}
	err := filepath.WalkDir(filepath.Join(root, dir), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		tree[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
