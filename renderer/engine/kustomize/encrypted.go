package kustomize

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
)

// A secretGenerator that reads a file which SOPS has encrypted would make a Secret of
// the ciphertext, and name it after the ciphertext's hash. The keys are in the cluster
// and not here, so such a file is refused by name.

// mark is the MAC that SOPS writes in each of its formats: JSON (and binary files), YAML, dotenv, INI.
var mark = regexp.MustCompile(`(?m)"mac"\s*:\s*"ENC\[|^[ \t]+mac: "?ENC\[|^sops_mac=ENC\[|^mac\s*=\s*ENC\[`)

// generated refuses a kustomization whose secretGenerator reads an encrypted file.
func (f *fileSystem) generated(doc map[string]any, dir string) error {
	generators, _ := doc["secretGenerator"].([]any)
	for _, entry := range generators {
		generator, _ := entry.(map[string]any)
		for _, field := range []string{"files", "envs"} {
			sources, _ := generator[field].([]any)
			for _, source := range sources {
				if err := f.plain(source, field, dir); err != nil {
					return err
				}
			}
		}
		if err := f.plain(generator["env"], "env", dir); err != nil {
			return err
		}
	}
	return nil
}

// plain fails with sops.generator when the file that a generator's source names is encrypted.
// What cannot be read is left to Kustomize, which says what is wrong with it.
func (f *fileSystem) plain(source any, field, dir string) error {
	text, _ := source.(string)
	if _, file, ok := strings.Cut(text, "="); ok && field == "files" {
		text = file
	}
	at, err := tree.Clean(path.Join(dir, text))
	if err != nil || text == "" || path.IsAbs(text) {
		return nil
	}
	f.tree.Need(at)
	if !isEncrypted(f.tree.Peek(at)) {
		return nil
	}
	return problem.New(problem.Generator, "a secretGenerator reads %s, which is encrypted with SOPS and can only be decrypted in the cluster", at).In(at)
}

func isEncrypted(content []byte) bool {
	return bytes.Contains(content, []byte("ENC[")) && mark.Match(content)
}
