package kustomize

import (
	"path"
	"regexp"
	"sort"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"

	"plumbline.dev/renderer/problem"
	"plumbline.dev/renderer/tree"
	"plumbline.dev/renderer/wire"
)

// What an App adds to an overlay is written into its kustomization.yaml, in
// memory, before Kustomize reads it: that is what Argo CD (`kustomize edit …`) and Flux do on disk.

// isPlain tells whether the App adds nothing, so that the file can stay as it is.
func isPlain(k *wire.Kustomize) bool {
	return k.NamePrefix == "" && k.NameSuffix == "" && k.Namespace == "" && len(k.Images) == 0 && len(k.Replicas) == 0 &&
		len(k.Patches) == 0 && len(k.Components) == 0 && len(k.CommonLabels) == 0 && len(k.CommonAnnotations) == 0 && len(k.BuildMetadata) == 0
}

// edit gives the kustomization with what the App adds.
func edit(t *tree.Tree, dir string, original []byte, k *wire.Kustomize) ([]byte, error) {
	var doc types.Kustomization
	if err := doc.Unmarshal(original); err != nil {
		return nil, problem.New(problem.Kustomize, "%s", err)
	}
	doc.FixKustomization()
	if k.NamePrefix != "" {
		doc.NamePrefix = k.NamePrefix
	}
	if k.NameSuffix != "" {
		doc.NameSuffix = k.NameSuffix
	}
	if k.Namespace != "" {
		doc.Namespace = k.Namespace
	}
	if err := editImages(&doc, k.Images); err != nil {
		return nil, err
	}
	if err := editReplicas(&doc, k.Replicas); err != nil {
		return nil, err
	}
	if err := editLabels(&doc, k); err != nil {
		return nil, err
	}
	if err := editAnnotations(&doc, k); err != nil {
		return nil, err
	}
	for _, p := range k.Patches {
		doc.Patches = append(doc.Patches, patch(p))
	}
	if err := editComponents(t, dir, &doc, k); err != nil {
		return nil, err
	}
	for _, option := range k.BuildMetadata {
		if !contains(doc.BuildMetadata, option) {
			doc.BuildMetadata = append(doc.BuildMetadata, option)
		}
	}
	out, err := yaml.Marshal(doc)
	if err != nil {
		return nil, problem.New(problem.Kustomize, "%s", err)
	}
	return out, nil
}

func patch(p wire.Patch) types.Patch {
	out := types.Patch{Path: p.Path, Patch: p.Patch, Options: nil}
	if p.Target != nil {
		out.Target = &types.Selector{
			ResId: resid.ResId{
				Gvk:       resid.Gvk{Group: p.Target.Group, Version: p.Target.Version, Kind: p.Target.Kind},
				Name:      p.Target.Name,
				Namespace: p.Target.Namespace,
			},
			LabelSelector:      p.Target.LabelSelector,
			AnnotationSelector: p.Target.AnnotationSelector,
		}
	}
	if len(p.Options) > 0 {
		out.Options = &types.PatchArgs{AllowNameChange: p.Options["allowNameChange"], AllowKindChange: p.Options["allowKindChange"]}
	}
	return out
}

// editImages replaces the entries of the same name and appends the others: Flux' entries
// as they are, Argo CD's strings as `kustomize edit set image` reads them, in name order.
func editImages(doc *types.Kustomization, images []wire.Image) error {
	parsed := false
	for _, image := range images {
		entry := types.Image{Name: image.Name, NewName: image.NewName, NewTag: image.NewTag, Digest: image.Digest}
		if image.Spec != "" {
			var err error
			if entry, err = parseImage(image.Spec); err != nil {
				return err
			}
			parsed = true
		}
		replaced := false
		for i, existing := range doc.Images {
			if existing.Name == entry.Name {
				doc.Images[i], replaced = keepStars(entry, existing), true
			}
		}
		if !replaced {
			doc.Images = append(doc.Images, keepStars(entry, types.Image{}))
		}
	}
	if parsed {
		sort.SliceStable(doc.Images, func(i, j int) bool { return doc.Images[i].Name < doc.Images[j].Name })
	}
	return nil
}

// keep is the asterisk of `kustomize edit set image`: what the file says stays.
const keep = "*"

func keepStars(entry, existing types.Image) types.Image {
	if entry.NewName == keep {
		entry.NewName = existing.NewName
	}
	if entry.NewTag == keep {
		entry.NewTag = existing.NewTag
	}
	if entry.Digest == keep {
		entry.Digest = existing.Digest
	}
	return entry
}

var taggedImage = regexp.MustCompile(`^(.*):([a-zA-Z0-9._-]*|\*)$`)

// parseImage reads <image>[=<new>][:<tag>][@<digest>].
// https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.1/kustomize/commands/edit/set/setimage.go
func parseImage(spec string) (types.Image, error) {
	name, change, renamed := strings.Cut(spec, "=")
	if !renamed {
		change = spec
	}
	rest, digest, _ := strings.Cut(change, "@")
	tag := ""
	if m := taggedImage.FindStringSubmatch(rest); m != nil {
		rest, tag = m[1], m[2]
	}
	if name == "" || rest == "" || (!renamed && tag == "" && digest == "") {
		return types.Image{}, problem.New(problem.Kustomize, "the image %q is none of <image>=<new>:<tag>, <image>:<tag>, <image>@<digest>", spec)
	}
	if !renamed {
		return types.Image{Name: rest, NewTag: tag, Digest: digest}, nil
	}
	return types.Image{Name: name, NewName: rest, NewTag: tag, Digest: digest}, nil
}

func editReplicas(doc *types.Kustomization, replicas []wire.Replica) error {
	for _, r := range replicas {
		count, err := r.Count.Int64()
		if err != nil {
			return problem.New(problem.Kustomize, "the replicas of %s are not a number", r.Name)
		}
		replaced := false
		for i := range doc.Replicas {
			if doc.Replicas[i].Name == r.Name {
				doc.Replicas[i].Count, replaced = count, true
			}
		}
		if !replaced {
			doc.Replicas = append(doc.Replicas, types.Replica{Name: r.Name, Count: count})
		}
	}
	return nil
}

// editLabels is `kustomize edit add label`: into commonLabels, or with
// labelWithoutSelector into labels. A label that is there already is refused unless forced.
func editLabels(doc *types.Kustomization, k *wire.Kustomize) error {
	if len(k.CommonLabels) == 0 {
		return nil
	}
	if k.LabelWithoutSelector {
		for i := range doc.Labels {
			if doc.Labels[i].IncludeSelectors || doc.Labels[i].IncludeTemplates != k.LabelIncludeTemplates || len(doc.Labels[i].FieldSpecs) > 0 {
				continue
			}
			return addPairs(&doc.Labels[i].Pairs, k.CommonLabels, k.ForceCommonLabels, "label")
		}
		entry := types.Label{IncludeTemplates: k.LabelIncludeTemplates}
		if err := addPairs(&entry.Pairs, k.CommonLabels, k.ForceCommonLabels, "label"); err != nil {
			return err
		}
		doc.Labels = append(doc.Labels, entry)
		return nil
	}
	//lint:ignore SA1019 `kustomize edit add label` writes this field
	return addPairs(&doc.CommonLabels, k.CommonLabels, k.ForceCommonLabels, "label")
}

func editAnnotations(doc *types.Kustomization, k *wire.Kustomize) error {
	return addPairs(&doc.CommonAnnotations, k.CommonAnnotations, k.ForceCommonAnnotations, "annotation")
}

func addPairs(into *map[string]string, pairs map[string]string, force bool, what string) error {
	names := make([]string, 0, len(pairs))
	for name := range pairs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if _, ok := (*into)[name]; ok && !force {
			return problem.New(problem.Kustomize, "the %s %s is already in the kustomization file; force it to replace it", what, name)
		}
		if *into == nil {
			*into = map[string]string{}
		}
		(*into)[name] = pairs[name]
	}
	return nil
}

// editComponents appends the components that are not there yet; missing ones are left out when that was asked for.
func editComponents(t *tree.Tree, dir string, doc *types.Kustomization, k *wire.Kustomize) error {
	for _, component := range k.Components {
		if isRemote(component) {
			return problem.New(problem.Remote, "the component %s is remote: vendor it or add a Source", redact(component))
		}
		if k.IgnoreMissingComponents {
			if _, kind, err := t.Stat(path.Join(dir, component)); err != nil || kind != tree.Dir {
				continue
			}
		}
		if !contains(doc.Components, component) {
			doc.Components = append(doc.Components, component)
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, each := range list {
		if each == s {
			return true
		}
	}
	return false
}
