package conformance

import (
	"testing"

	"plumbline.dev/renderer/render"
)

// A small overlay over a small base: what most renders are.
func BenchmarkSmallOverlay(b *testing.B) {
	request := encode(&testing.T{}, map[string]any{"engine": "kustomize", "path": "apps/web"}, files{
		"apps/web/kustomization.yaml": "resources:\n- ../../base\nnamePrefix: x-\nimages:\n- name: nginx\n  newTag: \"2\"\n",
		"base/kustomization.yaml":     "resources:\n- d.yaml\n- s.yaml\n",
		"base/d.yaml":                 "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n        image: nginx:1\n",
		"base/s.yaml":                 "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports: [{port: 80}]\n",
	})
	b.ReportAllocs()
	for b.Loop() {
		if r := render.Render(request); r.Problem != nil {
			b.Fatal(r.Problem)
		}
	}
}
