package output

import (
	"bytes"
	"encoding/json"
	"maps"

	"plumbline.dev/renderer/problem"
)

// Metadata is laid over every object, as Flux' commonMetadata is: its labels and annotations win.
type Metadata struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// Overlay lays labels and annotations over every object gathered so far; nil changes nothing.
func (c *Collector) Overlay(m *Metadata) error {
	if m == nil || (len(m.Labels) == 0 && len(m.Annotations) == 0) {
		return nil
	}
	for i, raw := range c.objects {
		object := map[string]any{}
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber() // every digit stays
		if err := decoder.Decode(&object); err != nil {
			return problem.New(problem.YAML, "%s", err).In(c.origins[i].File)
		}
		metadata, _ := object["metadata"].(map[string]any)
		if metadata == nil {
			metadata = map[string]any{}
			object["metadata"] = metadata
		}
		lay(metadata, "labels", m.Labels)
		lay(metadata, "annotations", m.Annotations)
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(object); err != nil {
			return problem.New(problem.YAML, "%s", err).In(c.origins[i].File)
		}
		c.objects[i] = bytes.TrimSpace(out.Bytes())
	}
	return nil
}

func lay(metadata map[string]any, field string, pairs map[string]string) {
	if len(pairs) == 0 {
		return
	}
	current, _ := metadata[field].(map[string]any)
	merged := maps.Clone(current)
	if merged == nil {
		merged = map[string]any{}
	}
	for name, value := range pairs {
		merged[name] = value
	}
	metadata[field] = merged
}
