package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What SOPS wrote, as the agent's tests have it.
const encrypted = "../../../test/agent/resolve/testdata"

func TestEncryptedGeneratorInputsAreRefused(t *testing.T) {
	for _, c := range []struct{ name, generator, file string }{
		{"files", "files: [%s]", "values.enc.yaml"},
		{"files with a key", "files: [key=%s]", "config.enc.json"},
		{"a binary file", "files: [%s]", "token.enc.bin"},
		{"an INI file", "files: [%s]", "app.enc.ini"},
		{"envs", "envs: [%s]", "app.enc.env"},
		{"env", "env: %s", "app.enc.env"},
	} {
		t.Run(c.name, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join(encrypted, c.file))
			if err != nil {
				t.Fatal(err)
			}
			tree := files{
				"app/kustomization.yaml":  "resources: [../base]\n",
				"base/kustomization.yaml": "secretGenerator:\n- name: a\n  " + strings.ReplaceAll(c.generator, "%s", c.file) + "\n",
				"base/" + c.file:          string(content),
			}
			response := renderTree(t, map[string]any{"engine": "kustomize", "path": "app"}, tree)
			if response.Problem == nil || response.Problem.Code != "sops.generator" || response.Problem.File != "base/"+c.file {
				t.Errorf("gave %+v", response.Problem)
			}
		})
	}
}

func TestPlainGeneratorInputsAreRead(t *testing.T) {
	tree := files{
		"app/kustomization.yaml": "secretGenerator:\n- name: a\n  files: [a.txt]\n  envs: [b.env]\n  literals: [\"mac=ENC[x]\"]\n",
		"app/a.txt":              "a comment about ENC[ and mac",
		"app/b.env":              "A=ENC[x]\n",
	}
	response := renderTree(t, map[string]any{"engine": "kustomize", "path": "app"}, tree)
	if response.Problem != nil {
		t.Errorf("gave %+v", response.Problem)
	}
}

func TestEncryptedManifestsAreRenderedAsTheyAre(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(encrypted, "secret.enc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	tree := files{
		"app/kustomization.yaml": "resources: [secret.yaml]\nlabels: [{pairs: {team: shop}}]\n",
		"app/secret.yaml":        string(content),
	}
	response := renderTree(t, map[string]any{"engine": "kustomize", "path": "app"}, tree)
	if response.Problem != nil || len(response.Objects) != 1 {
		t.Fatalf("gave %+v", response)
	}
	if text := string(response.Objects[0]); !strings.Contains(text, "BEGIN AGE ENCRYPTED FILE") || !strings.Contains(text, "shop") {
		t.Errorf("gave %s", text)
	}
}
