// Package wire is the format between the host and the engine.
//
// A request is one buffer:
//
//	4 bytes  little-endian length n of the header
//	n bytes  JSON header
//	k bytes  header.known of them: the known paths, each followed by a zero byte
//	rest     the contents of header.files, one after another, in that order
//
// It is valid if and only if the sizes in the header add up to the rest. The
// known paths may be tens of thousands, which is why they are not JSON. A response is. File contents are never copied: the tree points into the buffer.
package wire

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"unsafe"

	"plumbline.dev/renderer/limits"
	"plumbline.dev/renderer/output"
	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
)

// File describes one file whose content follows the header.
type File struct {
	Path string `json:"path"`
	Size int    `json:"size"`
	Mode string `json:"mode"` // "file" (default) or "link": the content is the link's target
}

// Header says what to render.
type Header struct {
	Engine    string        `json:"engine"` // kustomize, helm, directory
	Path      string        `json:"path"`
	Files     []File        `json:"files"`
	Known     int           `json:"known"` // bytes
	Kustomize *Kustomize    `json:"kustomize"`
	Helm      *Helm         `json:"helm"`
	Directory *Directory    `json:"directory"`
	Limits    limits.Limits `json:"limits"`
}

// Selector is Kustomize's patch target.
type Selector struct {
	Group              string `json:"group,omitempty"`
	Version            string `json:"version,omitempty"`
	Kind               string `json:"kind,omitempty"`
	Name               string `json:"name,omitempty"`
	Namespace          string `json:"namespace,omitempty"`
	LabelSelector      string `json:"labelSelector,omitempty"`
	AnnotationSelector string `json:"annotationSelector,omitempty"`
}

// Patch is one entry of Kustomize's patches.
type Patch struct {
	Path    string          `json:"path,omitempty"`
	Patch   string          `json:"patch,omitempty"`
	Target  *Selector       `json:"target,omitempty"`
	Options map[string]bool `json:"options,omitempty"`
}

// Image is one image to change. Argo CD writes it as a string (Spec), Flux as fields.
type Image struct {
	Spec    string
	Name    string `json:"name"`
	NewName string `json:"newName"`
	NewTag  string `json:"newTag"`
	Digest  string `json:"digest"`
}

// UnmarshalJSON takes a string (Argo CD's notation) or an object (Flux').
func (i *Image) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &i.Spec)
	}
	type plain Image
	return json.Unmarshal(raw, (*plain)(i))
}

// Replica sets the replicas of the workloads with a name; Count may be written as a number or a string.
type Replica struct {
	Name  string      `json:"name"`
	Count json.Number `json:"count"`
}

// Kustomize is what the App adds to the overlay: source.kustomize of Argo CD, or the spec of a Flux Kustomization.
type Kustomize struct {
	Dialect                 string            `json:"dialect"` // argo (default) or flux
	Generate                bool              `json:"generate"`
	NamePrefix              string            `json:"namePrefix"`
	NameSuffix              string            `json:"nameSuffix"`
	Namespace               string            `json:"namespace"`
	Images                  []Image           `json:"images"`
	Replicas                []Replica         `json:"replicas"`
	Patches                 []Patch           `json:"patches"`
	Components              []string          `json:"components"`
	IgnoreMissingComponents bool              `json:"ignoreMissingComponents"`
	CommonLabels            map[string]string `json:"commonLabels"`
	ForceCommonLabels       bool              `json:"forceCommonLabels"`
	LabelWithoutSelector    bool              `json:"labelWithoutSelector"`
	LabelIncludeTemplates   bool              `json:"labelIncludeTemplates"`
	CommonAnnotations       map[string]string `json:"commonAnnotations"`
	ForceCommonAnnotations  bool              `json:"forceCommonAnnotations"`
	CommonMetadata          *output.Metadata  `json:"commonMetadata"`
	BuildMetadata           []string          `json:"buildMetadata"`
	LoadRestrictions        string            `json:"loadRestrictions"` // root or none; default: root for argo, none for flux
}

// Parameter is one --set of Helm.
type Parameter struct {
	Name        string `json:"name"`
	Value       string `json:"value"`
	ForceString bool   `json:"forceString"`
}

// FileParameter is one --set-file of Helm.
type FileParameter struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// PostRenderer is a Kustomize pass over a chart's output, as a HelmRelease may have.
type PostRenderer struct {
	Images  []Image `json:"images"`
	Patches []Patch `json:"patches"`
}

// Helm says how to render a chart.
type Helm struct {
	ReleaseName             string           `json:"releaseName"`
	Namespace               string           `json:"namespace"`
	Values                  json.RawMessage  `json:"values"` // an object, or the text of a values file
	ValueFiles              []string         `json:"valueFiles"`
	ChartValueFiles         []string         `json:"chartValueFiles"` // take the place of the chart's own values.yaml, as in a Flux HelmChart
	Parameters              []Parameter      `json:"parameters"`
	FileParameters          []FileParameter  `json:"fileParameters"`
	SkipCrds                bool             `json:"skipCrds"`
	SkipTests               bool             `json:"skipTests"`
	SkipHooks               bool             `json:"skipHooks"`
	SkipSchemaValidation    bool             `json:"skipSchemaValidation"`
	IgnoreMissingValueFiles bool             `json:"ignoreMissingValueFiles"`
	KubeVersion             string           `json:"kubeVersion"`
	APIVersions             []string         `json:"apiVersions"`
	IsUpgrade               bool             `json:"isUpgrade"`
	PostRenderers           []PostRenderer   `json:"postRenderers"`
	CommonMetadata          *output.Metadata `json:"commonMetadata"`
}

// Directory says which files of a folder of plain manifests to take.
type Directory struct {
	Recurse bool            `json:"recurse"`
	Include string          `json:"include"`
	Exclude string          `json:"exclude"`
	Jsonnet json.RawMessage `json:"jsonnet"`
}

// Response is what a render gives.
type Response struct {
	Objects  []json.RawMessage `json:"objects,omitempty"`
	Origins  []output.Origin   `json:"origins,omitempty"`
	Reads    tree.Reads        `json:"reads"`
	Need     []string          `json:"need,omitempty"`
	Warnings []string          `json:"warnings"`
	Chance   []string          `json:"chance"`
	Problem  *problem.Problem  `json:"problem,omitempty"`
	Steps    int64             `json:"steps"`
	Memory   int64             `json:"memory"`
}

// Request is a request taken apart; everything points into its buffer.
type Request struct {
	Header   Header
	Known    []string
	Contents [][]byte // of Header.Files, in order
}

// Parse takes a request apart. It fails with render.request.
func Parse(buffer []byte) (*Request, error) {
	if len(buffer) < 4 {
		return nil, problem.New(problem.Request, "the request is shorter than its length field")
	}
	n := int64(binary.LittleEndian.Uint32(buffer))
	if n > int64(len(buffer)-4) {
		return nil, problem.New(problem.Request, "the header is longer than the request")
	}
	r := &Request{}
	if err := json.Unmarshal(buffer[4:4+n], &r.Header); err != nil {
		return nil, problem.New(problem.Request, "the header is not what the engine expects: %s", err)
	}
	rest := buffer[4+n:]
	take := func(size int) ([]byte, error) {
		if size < 0 || size > len(rest) {
			return nil, problem.New(problem.Request, "the sizes in the header exceed the request")
		}
		var taken []byte
		taken, rest = rest[:size:size], rest[size:]
		return taken, nil
	}
	known, err := take(r.Header.Known)
	if err != nil {
		return nil, err
	}
	if r.Known, err = paths(known); err != nil {
		return nil, err
	}
	r.Contents = make([][]byte, len(r.Header.Files))
	for i, f := range r.Header.Files {
		if r.Contents[i], err = take(f.Size); err != nil {
			return nil, err
		}
	}
	if len(rest) != 0 {
		return nil, problem.New(problem.Request, "the request is longer than the sizes in its header")
	}
	return r, nil
}

// paths splits at the zero bytes, without copying.
func paths(joined []byte) ([]string, error) {
	if len(joined) == 0 {
		return nil, nil
	}
	if joined[len(joined)-1] != 0 {
		return nil, problem.New(problem.Request, "the last known path is cut off")
	}
	text := unsafe.String(unsafe.SliceData(joined), len(joined)-1) // the buffer is never written again
	return strings.Split(text, "\x00"), nil
}
