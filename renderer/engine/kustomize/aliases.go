package kustomize

import (
	"bytes"
	"math"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline.dev/renderer/problem"
)

// Kustomize copies what a YAML alias stands for, again and again for aliases of
// aliases, without counting: a kilobyte can become billions of nodes. So a
// document with anchors is measured first: it is refused when its aliases would
// make it both large and much larger than it is written.

const (
	maxExpanded  = 200_000
	maxExpansion = 20
	maxInline    = 3 // how deep YAML in a string in YAML is looked into
)

// refuseAliases fails with render.yaml when the aliases of a file (or of YAML in its strings) expand too far.
func refuseAliases(content []byte, file string) error {
	if expandsTooFar(content, 0) {
		return problem.New(problem.YAML, "the YAML aliases expand to more than %d values", maxExpanded).In(file)
	}
	return nil
}

func expandsTooFar(content []byte, level int) bool {
	if !bytes.Contains(content, []byte("&")) || !bytes.Contains(content, []byte("*")) || level > maxInline {
		return false
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var doc yaml.Node
		if err := decoder.Decode(&doc); err != nil {
			return false // the end, or not YAML: a file of a generator, or an error that Kustomize reports
		}
		m := &measure{sizes: map[*yaml.Node]int64{}, level: level}
		if expanded := m.size(&doc); m.tooFar || (expanded > maxExpanded && expanded > maxExpansion*int64(len(m.sizes))) {
			return true
		}
	}
}

// measure computes how many nodes a document has once every alias is replaced by a copy.
type measure struct {
	sizes  map[*yaml.Node]int64
	level  int
	tooFar bool
}

func (m *measure) size(n *yaml.Node) int64 {
	if n.Kind == yaml.AliasNode {
		return m.size(n.Alias)
	}
	if known, ok := m.sizes[n]; ok {
		return known
	}
	m.sizes[n] = math.MaxInt32 // stays for an anchor that holds itself
	total := int64(1)
	for _, child := range n.Content {
		total = min(total+m.size(child), math.MaxInt32)
	}
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "\n") && expandsTooFar([]byte(n.Value), m.level+1) {
		m.tooFar = true
	}
	m.sizes[n] = total
	return total
}
