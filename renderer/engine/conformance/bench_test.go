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

// A chart of a hundred Deployments that includes, prints values and evaluates templates in them.
func BenchmarkChart(b *testing.B) {
	request := encode(&testing.T{}, map[string]any{"engine": "helm", "path": "c", "helm": map[string]any{"releaseName": "r"}}, files{
		"c/Chart.yaml":  "apiVersion: v2\nname: c\nversion: 1.0.0\n",
		"c/values.yaml": "resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 100m, memory: 128Mi}}\nenv: [{name: A, value: \"{{ .Release.Name }}\"}]\n",
		"c/templates/d.yaml": `{{- define "c.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- range $i := until 100 }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ printf "%s-%d" $.Release.Name $i | quote }}
  labels: {{- include "c.labels" $ | nindent 4 }}
spec:
  template:
    metadata:
      labels: {{- include "c.labels" $ | nindent 8 }}
    spec:
      containers:
      - name: web
        resources: {{- toYaml $.Values.resources | nindent 10 }}
        env: {{- tpl (toYaml $.Values.env) $ | nindent 10 }}
{{- end }}
`,
	})
	b.ReportAllocs()
	for b.Loop() {
		if r := render.Render(request); r.Problem != nil {
			b.Fatal(r.Problem)
		}
	}
}
