package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"plumbline.dev/renderer/problem"
)

// The table of Helm's own TestTemplateCmd: same charts, same flags, and the
// golden files that come with Helm.
// https://github.com/helm/helm/blob/v4.3.1/pkg/cmd/template_test.go

type templateCase struct {
	name, chart, golden string
	helm                map[string]any
	code                problem.Code
}

var subchartB = []map[string]any{{"name": "configmap.enabled", "value": "true"}, {"name": "subchartb.enabled", "value": "true"}}

var templateCases = []templateCase{
	{name: "check name", chart: "subchart", golden: "template.txt"},
	{name: "check set name", chart: "subchart", golden: "template-set.txt", helm: map[string]any{"parameters": []map[string]any{{"name": "service.name", "value": "apache"}}}},
	{name: "check values files", chart: "subchart", golden: "template-values-files.txt", helm: map[string]any{"valueFiles": []string{"charts/subchartA/values.yaml"}}},
	{name: "check name template", chart: "subchart", golden: "template-name-template.txt", helm: map[string]any{"releaseName": "foobar-ywjj-baz"}},
	{name: "check library chart", chart: "lib-chart", code: problem.Helm},
	{name: "check chart bad type", chart: "chart-bad-type", code: problem.Helm},
	{name: "app chart as library", chart: "chart-with-template-lib-dep", golden: "template-chart-with-template-lib-dep.txt"},
	{name: "app chart archive as library", chart: "chart-with-template-lib-archive-dep", golden: "template-chart-with-template-lib-archive-dep.txt"},
	{name: "check kube version", chart: "subchart", golden: "template-with-kube-version.txt", helm: map[string]any{"kubeVersion": "1.16.0"}},
	{name: "check kube api versions", chart: "subchart", golden: "template-with-api-version.txt", helm: map[string]any{"apiVersions": []string{"helm.k8s.io/test", "helm.k8s.io/test2"}}},
	{name: "with CRDs", chart: "subchart", golden: "template-with-crds.txt", helm: map[string]any{"skipCrds": false}},
	{name: "sorted output", chart: "object-order", golden: "object-order.txt"},
	{name: "invalid yaml", chart: "chart-with-template-with-invalid-yaml", code: problem.YAML},
	{name: "invalid expression", chart: "chart-with-template-with-invalid-template-expr", code: problem.Helm},
	{name: "skip tests", chart: "subchart", golden: "template-skip-tests.txt", helm: map[string]any{"skipTests": true}},
	{name: "prints no objects", chart: "issue-9027", code: problem.YAML},
	{name: "imported values", chart: "subchart", golden: "template-subchart-cm.txt", helm: map[string]any{"parameters": subchartB}},
	{name: "imported values, set", chart: "subchart", golden: "template-subchart-cm-set.txt", helm: map[string]any{"parameters": append(subchartB[:2:2], map[string]any{"name": "configmap.value", "value": "baz"})}},
	{name: "imported values, file", chart: "subchart", golden: "template-subchart-cm-set-file.txt", helm: map[string]any{"valueFiles": []string{"extra_values.yaml"}}},
	{name: "missing dependencies", chart: "chart-missing-deps", code: problem.DependencyMissing},
	{name: "schema", chart: "chart-with-schema", golden: ""},
	{name: "schema refuses", chart: "chart-with-schema-negative", code: problem.Values},
	{name: "schema refused, skipped", chart: "chart-with-schema-negative", helm: map[string]any{"skipSchemaValidation": true}},
}

func TestSameAsHelmTemplate(t *testing.T) {
	data := filepath.Join(moduleDir(t, "helm.sh/helm/v4"), "pkg", "cmd", "testdata")
	for _, c := range templateCases {
		t.Run(c.name, func(t *testing.T) {
			helm := map[string]any{"releaseName": "release-name", "namespace": "default", "kubeVersion": "v1.20.0", "skipCrds": true}
			for key, value := range c.helm {
				helm[key] = value
			}
			tree := readTree(t, filepath.Join(data, "testcharts"), c.chart)
			response := renderTree(t, map[string]any{"engine": "helm", "path": c.chart, "helm": helm}, tree)
			if c.code != "" {
				if response.Problem == nil || response.Problem.Code != c.code {
					t.Fatalf("expected %s, got %+v", c.code, response.Problem)
				}
				return
			}
			if response.Problem != nil {
				t.Fatalf("%s: %s", response.Problem.Code, response.Problem.Message)
			}
			if c.golden == "" {
				return
			}
			golden, err := os.ReadFile(filepath.Join(data, "output", c.golden))
			if err != nil {
				t.Fatal(err)
			}
			expected := anyCapabilities.ReplaceAllString(string(golden), "")
			for i, raw := range response.Objects {
				response.Objects[i] = withoutCapabilities(t, raw)
			}
			compareObjects(t, response.Objects, expected)
		})
	}
}

// The golden files count the API versions by which Helm's own tests differ from the default list.
var anyCapabilities = regexp.MustCompile(`(?m)^ *kube-api-version/\S+:.*\n`)

func withoutCapabilities(t *testing.T, raw json.RawMessage) json.RawMessage {
	t.Helper()
	if !strings.Contains(string(raw), "kube-api-version/") {
		return raw
	}
	return json.RawMessage(regexp.MustCompile(`"kube-api-version/[^"]+":"[^"]*",`).ReplaceAll(raw, nil))
}
