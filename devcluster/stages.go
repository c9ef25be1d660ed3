package main

import (
	"embed"
	"fmt"
	"strings"

	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
)

//go:embed stages/*.yaml
var ownStages embed.FS

// stages gives every stage as one YAML stream: kwok's own, which make all Pods and Nodes ready at
// once, and ours, which make Pods misbehave when an annotation asks for it (see stages/).
//
// Where several stages select a Pod, kwok draws one by weight and never one of weight 0 while another has
// more. Its own have 0 and ours 1, so ours win without changing its own.
func stages() string {
	documents := []string{
		nodefast.DefaultNodeInit,
		heartbeat.DefaultNodeHeartbeatWithLease,
		podfast.DefaultPodReady,
		podfast.DefaultPodComplete,
		podfast.DefaultPodDelete,
	}
	files, err := ownStages.ReadDir("stages")
	if err != nil {
		panic(err) // Embedded at build time: unreadable only if this program is broken.
	}
	for _, file := range files {
		text, err := ownStages.ReadFile("stages/" + file.Name())
		if err != nil {
			panic(err)
		}
		documents = append(documents, string(text))
	}
	return strings.Join(documents, "\n---\n")
}

func printStages() int {
	fmt.Println(stages())
	return 0
}
