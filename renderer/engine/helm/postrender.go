package helm

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"

	"plumbline.dev/renderer/kustomize"
	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/output"
	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
	"plumbline.dev/renderer/wire"
)

// rendered is the file in which a post-renderer finds what came before it.
const rendered = "helm-output.yaml"

// postRender runs Kustomize over the objects, once for each post-renderer of a
// HelmRelease, and replaces them. Origins are lost: Kustomize does not keep them.
func postRender(renderers []wire.PostRenderer, meter *limits.Meter, out *output.Collector) error {
	for i, renderer := range renderers {
		var manifests bytes.Buffer
		for _, object := range out.Objects() {
			document, err := yaml.JSONToYAML(object)
			if err != nil {
				return problem.New(problem.Helm, "post-renderer %d: %s", i+1, err)
			}
			manifests.WriteString("---\n")
			manifests.Write(document)
		}
		kustomization, err := json.Marshal(map[string]any{"resources": []string{rendered}})
		if err != nil {
			return fmt.Errorf("writing a kustomization: %w", err)
		}
		t := tree.New(meter)
		for name, content := range map[string][]byte{rendered: manifests.Bytes(), "kustomization.yaml": kustomization} {
			if err := t.Add(name, content, false); err != nil {
				return err
			}
		}
		out.Clear()
		overlay := &wire.Kustomize{Dialect: "flux", Images: renderer.Images, Patches: renderer.Patches}
		if err := kustomize.Render(t, meter, "", overlay, out); err != nil {
			return fmt.Errorf("post-renderer %d: %w", i+1, err)
		}
	}
	return nil
}
