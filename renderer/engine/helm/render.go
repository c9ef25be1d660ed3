// Package helm renders charts with Helm's own engine, as `helm template` does.
package helm

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/output"
	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
	"plumbline.dev/renderer/wire"
)

// DefaultKubeVersion is what a chart is told when the cluster's version is not given.
const DefaultKubeVersion = "v1.36.0"

const notes = "NOTES.txt"

// Result is what else a render tells.
type Result struct {
	Warnings []string
	Chance   []string
}

// Render renders the chart at a path into the collector: CRDs of crds/, then the
// manifests in Helm's install order, then the hooks, which keep their annotations. It fails with a
// Problem; when content is missing it gives no error and the tree says what is needed.
func Render(t *tree.Tree, meter *limits.Meter, at string, h *wire.Helm, out *output.Collector) (Result, error) {
	if h == nil {
		h = &wire.Helm{}
	}
	s := &source{tree: t, meter: meter}
	// Value files first: their content is asked for in the same round as the chart's.
	values, warnings, err := s.values(at, h)
	if err != nil {
		return Result{}, err
	}
	own, _, err := s.valueFiles("", h.ChartValueFiles, h.IgnoreMissingValueFiles)
	if err != nil {
		return Result{}, err
	}
	loaded, err := s.load(at, 0)
	if err != nil || s.needed {
		return Result{}, err
	}
	if len(h.ChartValueFiles) > 0 {
		loaded.Values = own
	}
	toRender, err := prepare(loaded, values, at, h)
	if err != nil {
		return Result{}, err
	}
	g := newGuard(meter)
	files, err := g.render(loaded, toRender)
	result := Result{Warnings: warnings, Chance: sortedSet(g.chance)}
	if loaded.Metadata.Deprecated {
		result.Warnings = append(result.Warnings, "this chart is deprecated")
	}
	if broken := meter.Broken(); broken != nil {
		return result, broken
	}
	if err != nil {
		return result, templateProblem(err, at)
	}
	if err := collect(loaded, files, at, h, out); err != nil {
		return result, err
	}
	return result, postRender(h.PostRenderers, meter, out)
}

// prepare does everything that comes before the templates, in the order of Helm's install.
func prepare(c *chart.Chart, values map[string]any, at string, h *wire.Helm) (common.Values, error) {
	if h.ReleaseName != "" {
		if err := chartutil.ValidateReleaseName(h.ReleaseName); err != nil {
			return nil, problem.New(problem.Helm, "the release name is invalid: %s", err)
		}
	}
	if names := missing(c); len(names) > 0 {
		return nil, problem.New(problem.DependencyMissing, "found in Chart.yaml, but missing in charts/ directory: %s", strings.Join(names, ", ")).In(path.Join(at, chartFile))
	}
	if err := chartutil.ProcessDependencies(c, values); err != nil {
		return nil, problem.New(problem.Helm, "%s", err).In(path.Join(at, chartFile))
	}
	if c.Metadata.Type != "" && c.Metadata.Type != "application" {
		return nil, problem.New(problem.Helm, "%s charts are not installable", c.Metadata.Type).In(path.Join(at, chartFile))
	}
	caps, err := capabilities(h)
	if err != nil {
		return nil, err
	}
	if c.Metadata.KubeVersion != "" && !chartutil.IsCompatibleRange(c.Metadata.KubeVersion, caps.KubeVersion.String()) {
		return nil, problem.New(problem.Helm, "chart requires kubeVersion: %s which is incompatible with Kubernetes %s", c.Metadata.KubeVersion, caps.KubeVersion.String()).In(path.Join(at, chartFile))
	}
	if !h.SkipSchemaValidation {
		if err := refuseRemoteSchemas(c, at); err != nil {
			return nil, err
		}
	}
	options := common.ReleaseOptions{Name: h.ReleaseName, Namespace: h.Namespace, Revision: 1, IsInstall: !h.IsUpgrade, IsUpgrade: h.IsUpgrade}
	toRender, err := util.ToRenderValuesWithSchemaValidation(c, values, options, caps, h.SkipSchemaValidation)
	if err != nil {
		return nil, problem.New(problem.Values, "%s", strings.TrimSpace(err.Error())).In(path.Join(at, "values.yaml"))
	}
	return toRender, nil
}

func refuseRemoteSchemas(c *chart.Chart, at string) error {
	if err := refuseRemoteSchema(c.Schema, path.Join(at, "values.schema.json")); err != nil {
		return err
	}
	for _, sub := range c.Dependencies() {
		if err := refuseRemoteSchemas(sub, path.Join(at, chartsDir, sub.Name())); err != nil {
			return err
		}
	}
	return nil
}

func capabilities(h *wire.Helm) (*common.Capabilities, error) {
	caps := common.DefaultCapabilities.Copy()
	version := h.KubeVersion
	if version == "" {
		version = DefaultKubeVersion
	}
	parsed, err := common.ParseKubeVersion(version)
	if err != nil {
		return nil, problem.New(problem.Helm, "the Kubernetes version %q is not a version", version)
	}
	caps.KubeVersion = *parsed
	if len(h.APIVersions) > 0 {
		caps.APIVersions = append(append(common.VersionSet{}, caps.APIVersions...), h.APIVersions...)
	}
	return caps, nil
}

// collect sorts what the templates printed as Helm installs it.
func collect(c *chart.Chart, files map[string]string, at string, h *wire.Helm, out *output.Collector) error {
	for name := range files {
		if strings.HasSuffix(name, notes) {
			delete(files, name)
		}
	}
	hooks, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return sortProblem(err, files, at)
	}
	if !h.SkipCrds {
		if err := collectCRDs(c, at, out); err != nil {
			return err
		}
	}
	for _, m := range manifests {
		if err := out.AddYAML([]byte(m.Content), sourceFile(m.Name, at)); err != nil {
			return err
		}
	}
	if h.SkipHooks {
		return nil
	}
	for _, hook := range hooks {
		if h.SkipTests && isTest(hook) {
			continue
		}
		if err := out.AddYAML([]byte(hook.Manifest), sourceFile(hook.Path, at)); err != nil {
			return err
		}
	}
	return nil
}

// collectCRDs adds crds/ of the chart and its dependencies in file order (Helm's own order of dependencies is random).
func collectCRDs(c *chart.Chart, at string, out *output.Collector) error {
	crds := c.CRDObjects()
	sort.SliceStable(crds, func(i, j int) bool { return crds[i].Filename < crds[j].Filename })
	for _, crd := range crds {
		file := sourceFile(crd.Filename, at)
		for _, doc := range output.Documents(crd.File.Data) {
			if err := out.AddYAML(doc.Body, file); err != nil {
				return err
			}
		}
	}
	return nil
}

func isTest(hook *release.Hook) bool {
	for _, event := range hook.Events {
		if event == release.HookTest {
			return true
		}
	}
	return false
}

// sortProblem finds the file in "YAML parse error on chart/templates/web.yaml: …".
func sortProblem(err error, files map[string]string, at string) error {
	for name := range files {
		if strings.Contains(err.Error(), fmt.Sprintf("YAML parse error on %s:", name)) {
			p := output.YAMLProblem(err, sourceFile(name, at), 0)
			p.Line = 0 // of the rendered text, which nobody has
			return p
		}
	}
	return problem.New(problem.YAML, "%s", err)
}

func sortedSet(set map[string]struct{}) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
