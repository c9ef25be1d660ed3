package helm

import (
	"bytes"
	"encoding/json"
	"errors"
	"path"
	"regexp"
	"strings"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/strvals"

	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
	"plumbline.dev/renderer/wire"
)

// values merges what the App says, in the order of `helm template`: value files
// one after another, then the values of the App, then parameters, then file parameters.
func (s *source) values(dir string, h *wire.Helm) (map[string]any, []string, error) {
	merged, warnings, err := s.valueFiles(dir, h.ValueFiles, h.IgnoreMissingValueFiles)
	if err != nil {
		return nil, nil, err
	}
	own, err := ownValues(h.Values)
	if err != nil {
		return nil, nil, err
	}
	merged = loader.MergeMaps(merged, own)
	for _, p := range h.Parameters {
		set := p.Name + "=" + escapeCommas(p.Value)
		parse := strvals.ParseInto
		if p.ForceString {
			parse = strvals.ParseIntoString
		}
		if err := parse(set, merged); err != nil {
			return nil, nil, problem.New(problem.Values, "the parameter %s cannot be set: %s", p.Name, err)
		}
	}
	for _, p := range h.FileParameters {
		read := func(rs []rune) (any, error) {
			data, err := s.read(s.beside(dir, string(rs)))
			if err != nil {
				return nil, pathProblem(err, string(rs))
			}
			return string(data), nil
		}
		if err := strvals.ParseIntoFile(p.Name+"="+escapeCommas(p.Path), merged, read); err != nil {
			if known := (*problem.Problem)(nil); errors.As(err, &known) {
				return nil, nil, known
			}
			return nil, nil, problem.New(problem.Values, "the parameter %s cannot be set: %s", p.Name, err)
		}
	}
	return merged, warnings, nil
}

// ownValues reads the App's values: an object, or the text of a values file.
// Both go through Helm's reader, so that numbers and words become what charts expect.
func ownValues(raw json.RawMessage) (map[string]any, error) {
	text := string(raw)
	if len(raw) > 0 && raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, problem.New(problem.Request, "the values are not JSON: %s", err)
		}
	}
	own, err := loader.LoadValues(strings.NewReader(text))
	if err != nil {
		return nil, problem.New(problem.Values, "the App's values cannot be read: %s", err)
	}
	return own, nil
}

// valueFiles reads and merges value files.
func (s *source) valueFiles(dir string, files []string, ignoreMissing bool) (map[string]any, []string, error) {
	merged := map[string]any{}
	var warnings []string
	for _, file := range files {
		if strings.Contains(file, "://") {
			return nil, nil, problem.New(problem.Remote, "a value file is a URL: vendor it or add a Source")
		}
	}
	resolved, err := s.expand(dir, files)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range resolved {
		name, at := file.name, file.at
		data, err := s.read(at)
		if errors.Is(err, tree.ErrMissing) && ignoreMissing {
			warnings = append(warnings, "the value file "+name+" does not exist and is skipped")
			continue
		}
		if err != nil {
			return nil, nil, pathProblem(err, name)
		}
		values, err := loader.LoadValues(bytes.NewReader(data))
		if err != nil {
			return nil, nil, valuesProblem(err, at)
		}
		merged = loader.MergeMaps(merged, values)
	}
	return merged, warnings, nil
}

// beside gives a value file's path: relative to the chart, or with a leading slash to the root of the repository.
func (s *source) beside(dir, file string) string {
	if rest, ok := strings.CutPrefix(file, "/"); ok {
		return path.Clean(rest)
	}
	return path.Join(dir, file)
}

// escapeCommas is what Argo CD does to the value of a parameter: a comma is text, except in a {list}.
// https://github.com/argoproj/argo-cd/blob/v3.5.7/util/helm/cmd.go
func escapeCommas(value string) string {
	if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
		return value
	}
	var out strings.Builder
	for i := range len(value) {
		if value[i] == ',' && (i == 0 || value[i-1] != '\\') {
			out.WriteByte('\\')
		}
		out.WriteByte(value[i])
	}
	return out.String()
}

var remoteRef = regexp.MustCompile(`^(https?|file|ftp):`)

// refuseRemoteSchema looks for a $ref of values.schema.json that leaves the chart.
func refuseRemoteSchema(schema []byte, file string) error {
	var doc any
	if len(schema) == 0 || json.Unmarshal(schema, &doc) != nil {
		return nil // Helm reports what is wrong with it
	}
	if ref := findRemoteRef(doc); ref {
		return problem.New(problem.Remote, "values.schema.json refers to a document outside of the chart").In(file)
	}
	return nil
}

func findRemoteRef(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			text, isText := value.(string)
			if isText && (key == "$ref" || key == "$dynamicRef" || key == "$recursiveRef") &&
				remoteRef.MatchString(text) && !strings.HasPrefix(text, "http://json-schema.org/") && !strings.HasPrefix(text, "https://json-schema.org/") {
				return true
			}
			if findRemoteRef(value) {
				return true
			}
		}
	case []any:
		for _, value := range v {
			if findRemoteRef(value) {
				return true
			}
		}
	}
	return false
}
