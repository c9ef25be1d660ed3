package helm

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"

	"plumbline.dev/renderer/limits"
)

// Every chart that comes with Helm gives the same text through the metered loop and through Helm's own.
func TestSameAsHelm(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "helm.sh/helm/v4").Output()
	if err != nil {
		t.Fatal(err)
	}
	var charts []string
	err = filepath.WalkDir(filepath.Join(strings.TrimSpace(string(out)), "pkg"), func(p string, d os.DirEntry, err error) error {
		if filepath.Base(p) == chartFile {
			charts = append(charts, filepath.Dir(p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, dir := range charts {
		c, err := loader.LoadDir(dir)
		if err != nil || c.Validate() != nil {
			continue
		}
		wantText, wantErr := both(t, dir, func(c *chart.Chart, v common.Values) (map[string]string, error) { return engine.Render(c, v) })
		g := newGuard(limits.NewMeter(limits.Limits{}))
		gotText, gotErr := both(t, dir, g.renderChart)
		if len(g.chance) > 0 {
			continue // a password of its own in every render
		}
		if (wantErr == nil) != (gotErr == nil) || (wantErr != nil && wantErr.Error() != gotErr.Error()) {
			t.Errorf("%s: error %v, expected %v", dir, gotErr, wantErr)
		}
		if !maps.Equal(wantText, gotText) {
			t.Errorf("%s: the text differs", dir)
		}
		compared += len(wantText)
	}
	if compared < 100 {
		t.Fatalf("only %d templates were compared", compared)
	}
	t.Logf("%d templates of %d charts compared", compared, len(charts))
}

func (g *guard) renderChart(c *chart.Chart, v common.Values) (map[string]string, error) {
	return g.render(c, v)
}

func both(t *testing.T, dir string, render func(*chart.Chart, common.Values) (map[string]string, error)) (map[string]string, error) {
	t.Helper()
	c, err := loader.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := chartutil.ProcessDependencies(c, map[string]any{}); err != nil {
		return nil, err
	}
	values, err := util.ToRenderValuesWithSchemaValidation(c, map[string]any{}, common.ReleaseOptions{Name: "r", Namespace: "n", IsInstall: true, Revision: 1}, nil, true)
	if err != nil {
		return nil, err
	}
	return render(c, values)
}

// Every function keeps its answer when it is wrapped.
func TestWrappedFunctionsAnswerTheSame(t *testing.T) {
	for _, text := range functionTemplates {
		c := func() *chart.Chart {
			return &chart.Chart{
				Metadata:  &chart.Metadata{Name: "c", Version: "1.0.0", APIVersion: "v2"},
				Templates: []*common.File{{Name: "templates/a", Data: []byte(text)}},
			}
		}
		values := func() common.Values {
			return common.Values{"Values": map[string]any{"m": map[string]any{"a": "b", "n": int64(3), "l": []any{"x", 1.5, nil, true}}, "s": "it's <b> & \"q\""}, "Release": map[string]any{"Name": "r"}}
		}
		want, wantErr := engine.Render(c(), values())
		got, gotErr := newGuard(limits.NewMeter(limits.Limits{})).render(c(), values())
		if (wantErr == nil) != (gotErr == nil) || !maps.Equal(want, got) {
			t.Errorf("%s\n got %q %v\nwant %q %v", text, got, gotErr, want, wantErr)
		}
	}
}

var functionTemplates = []string{
	`{{ repeat 3 "ab" }}|{{ repeat 0 "ab" }}|{{ repeat -1 "ab" }}`,
	`{{ indent 2 "a\nb" }}|{{ nindent 2 "a\nb" }}|{{ "a" | nindent 0 }}`,
	`{{ until 3 }}|{{ untilStep 0 10 3 }}|{{ untilStep 5 0 -2 }}|{{ seq 3 }}|{{ seq 1 3 }}|{{ seq 1 2 9 }}|{{ until -3 }}`,
	`{{ replace "a" "bbb" "banana" }}|{{ replace "" "-" "abc" }}`,
	`{{ printf "%s-%05d-%v-%q" "a" 7 .Values.m "q" }}|{{ printf "%6.2f|%-8s|" 3.14159 "x" }}`,
	`{{ print "a" 1 2 "b" nil }}|{{ println "a" 1 }}|{{ html .Values.s }}|{{ js .Values.s }}|{{ urlquery .Values.s }}`,
	`{{ toYaml .Values.m }}|{{ toJson .Values.m }}|{{ toPrettyJson .Values.m }}|{{ toRawJson .Values.s }}|{{ toToml .Values.m.a }}|{{ toYamlPretty .Values.m }}`,
	`{{ fromYaml "a: [1, 2]" }}|{{ fromJson "{\"a\": 1}" }}|{{ fromYamlArray "[1, a]" }}|{{ fromYaml "{" }}`,
	`{{ quote "a" 1 nil }}|{{ squote "a" 1 }}|{{ cat "a" 1 }}|{{ join "," (list 1 2) }}|{{ toString 1.5 }}|{{ toString nil }}`,
	`{{ concat (list 1) (list 2) }}|{{ append (list 1) 2 }}|{{ prepend (list 1) 2 }}|{{ uniq (list 1 1 2) }}|{{ without (list 1 2) 1 }}`,
	`{{ merge (dict "a" 1) (dict "b" 2) }}|{{ mergeOverwrite (dict "a" 1) (dict "a" 2) }}|{{ deepCopy .Values.m }}|{{ deepEqual (list 1) (list 1) }}`,
	`{{ regexReplaceAll "a(b*)" "abb" "${1}x" }}|{{ regexMatch "^a" "abc" }}|{{ regexFindAll "a" "aaa" 2 }}|{{ regexSplit "," "a,b" -1 }}|{{ regexFind "b+" "abb" }}`,
	`{{ keys (dict "only" 1) }}|{{ values (dict "only" 1) }}|{{ keys (dict) (dict) }}`,
	`{{ upper "a" }}|{{ trunc 2 "abc" }}|{{ b64enc "a" }}|{{ b64dec "YQ==" }}|{{ sha256sum "a" }}|{{ snakecase "aB" }}|{{ substr 0 1 "ab" }}|{{ abbrev 5 "abcdefgh" }}|{{ wrap 3 "aaa bbb" }}|{{ plural "o" "m" 2 }}`,
	`{{ date "2006-01-02" (toDate "2006-01-02" "2020-03-04") }}|{{ dateInZone "2006" (toDate "2006" "2021") "UTC" }}|{{ htmlDate 0 }}`,
	`{{ lookup "v1" "Secret" "a" "b" }}|{{ getHostByName "localhost" }}`,
	`{{ define "x" }}[{{ . }}]{{ end }}{{ include "x" 1 }}|{{ template "x" 2 }}|{{ tpl "{{ include \"x\" . }}{{ .Template.Name }}" . }}`,
	`{{ range $i, $e := list 1 2 3 }}{{ if eq $e 2 }}{{ continue }}{{ end }}{{ $i }}{{ else }}none{{ end }}|{{ range list }}{{ else }}none{{ end }}`,
	`{{ .Values.missing }}|{{ .Values.m.missing }}|{{ range .Values.m.l }}{{ . }},{{ end }}`,
	`{{ required "needed" .Values.none }}`, `{{ fail "stop" }}`, `{{ include "nowhere" . }}`, `{{ tpl "{{" . }}`,
	`{{ mustToJson (list 1) }}|{{ mustToYaml (list 1) }}|{{ mustRegexMatch "a" "a" }}|{{ mustAppend (list) 1 }}|{{ toStrings (list 1 "a") }}`,
	`{{ define "e" }}  {{ end }}{{ include "e" . | trim }}|{{ block "b" . }}{{ "in" }}{{ end }}`,
}
