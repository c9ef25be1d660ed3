// Package output turns what an engine printed into the list of objects.
//
// YAML becomes JSON exactly as sigs.k8s.io/yaml does it, which is what kubectl,
// Argo CD and Flux see; integers keep all their digits. Empty documents are dropped and lists
// are flattened. Objects stay raw JSON, so nothing is decoded twice.
package output

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/problem"

	"sigs.k8s.io/yaml"
)

// Origin says which file an object came from; empty when the engine does not know.
type Origin struct {
	File string `json:"file"`
}

// documentSteps is charged for each document, besides a step for each byte: parsing YAML is what most renders spend their time on.
const documentSteps = 100

// Collector gathers objects in engine order.
type Collector struct {
	meter   *limits.Meter
	bytes   int64
	objects []json.RawMessage
	origins []Origin
}

// NewCollector gives an empty collector that respects the meter's limits.
func NewCollector(meter *limits.Meter) *Collector { return &Collector{meter: meter} }

// Objects gives what was gathered.
func (c *Collector) Objects() []json.RawMessage { return c.objects }

// Origins gives the files, parallel to Objects.
func (c *Collector) Origins() []Origin { return c.origins }

// Clear forgets every object.
func (c *Collector) Clear() { c.objects, c.origins, c.bytes = nil, nil, 0 }

// AddYAML adds one YAML document. It fails with render.yaml when it is not YAML or not an object.
func (c *Collector) AddYAML(doc []byte, file string) error {
	if err := c.meter.Step(documentSteps + int64(len(doc))); err != nil {
		return err
	}
	raw, err := yaml.YAMLToJSON(doc)
	if err != nil {
		return YAMLProblem(err, file, 0)
	}
	return c.AddJSON(raw, file)
}

type head struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Items      []json.RawMessage `json:"items"`
}

// AddJSON adds one object. Null and empty documents are dropped, a list's items are added one by one.
func (c *Collector) AddJSON(raw json.RawMessage, file string) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) || bytes.Equal(raw, []byte("{}")) {
		return nil
	}
	if raw[0] != '{' {
		return problem.New(problem.YAML, "a document is not an object").In(file)
	}
	if err := c.depth(raw); err != nil {
		return err
	}
	var h head
	if err := json.Unmarshal(raw, &h); err != nil {
		// An "items" that is no list, or a kind that is no string: look at the two names alone.
		h = head{}
		var names struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
		}
		if err := json.Unmarshal(raw, &names); err != nil {
			return problem.New(problem.YAML, "apiVersion and kind must be strings").In(file)
		}
		h.APIVersion, h.Kind = names.APIVersion, names.Kind
	}
	if h.Kind == "" || h.APIVersion == "" {
		return problem.New(problem.YAML, "an object lacks its apiVersion or kind").In(file)
	}
	if strings.HasSuffix(h.Kind, "List") && h.Items != nil {
		for _, item := range h.Items {
			if err := c.AddJSON(typed(item, h), file); err != nil {
				return err
			}
		}
		return nil
	}
	return c.add(raw, file)
}

func (c *Collector) add(raw json.RawMessage, file string) error {
	l := c.meter.Limits()
	c.bytes += int64(len(raw))
	if c.bytes > l.OutputBytes {
		return c.meter.Break(problem.New(problem.LimitOutput, "the rendered objects are larger than %d MB", l.OutputBytes>>20))
	}
	if int64(len(c.objects)) >= l.Objects {
		return c.meter.Break(problem.New(problem.LimitObjects, "rendering gives more than %d objects", l.Objects))
	}
	c.objects = append(c.objects, raw)
	c.origins = append(c.origins, Origin{File: file})
	return nil
}

// typed gives an item of a typed list (ConfigMapList) the names that its list implies.
func typed(item json.RawMessage, list head) json.RawMessage {
	kind := strings.TrimSuffix(list.Kind, "List")
	var fields map[string]json.RawMessage
	if kind == "" || json.Unmarshal(item, &fields) != nil || fields == nil || (fields["kind"] != nil && fields["apiVersion"] != nil) {
		return item
	}
	for name, value := range map[string]string{"kind": kind, "apiVersion": list.APIVersion} {
		if fields[name] == nil {
			fields[name], _ = json.Marshal(value) // a string always marshals
		}
	}
	out, err := json.Marshal(fields)
	if err != nil {
		return item
	}
	return out
}

// depth walks the brackets of valid JSON.
func (c *Collector) depth(raw []byte) error {
	depth, inString := int64(0), false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case inString:
			if b == '\\' {
				i++
			} else if b == '"' {
				inString = false
			}
		case b == '"':
			inString = true
		case b == '{' || b == '[':
			depth++
			if depth > c.meter.Limits().Depth {
				return c.meter.Depth(depth, "an object is nested")
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return nil
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// YAMLProblem words a YAML parser's error, with the line it names (after `before` lines of the file).
func YAMLProblem(err error, file string, before int) *problem.Problem {
	p := problem.New(problem.YAML, "%s", strings.TrimPrefix(err.Error(), "error converting YAML to JSON: ")).In(file)
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		if line, err := strconv.Atoi(m[1]); err == nil {
			p.At(line + before)
		}
	}
	return p
}
