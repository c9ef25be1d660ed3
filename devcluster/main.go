// Command devcluster is a Kubernetes control plane in one binary, for the demo and the tests.
//
// The first argument names the component, the rest are that component's own flags:
//
//	devcluster etcd|apiserver|controller-manager|scheduler|kwok|kubectl [flags]
//
// Called under the name kubectl (through a link), it is kubectl. Every component is the
// upstream program, unchanged; only kwok gets Pod and Node stages built in, see stages.go.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	_ "time/tzdata" // CronJobs name time zones, and the machine may have none installed.

	"go.etcd.io/etcd/server/v3/etcdmain"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// component runs until it is done or told to stop, and gives the exit code.
// It reads its flags from os.Args[1:], as the upstream programs do.
type component func() int

// daemons run until they are stopped, so they also watch the process that started them.
var daemons = map[string]component{
	"etcd":               func() int { etcdmain.Main(os.Args); return 0 },
	"apiserver":          func() int { return cli.Run(apiserver.NewAPIServerCommand()) },
	"controller-manager": func() int { return cli.Run(controllermanager.NewControllerManagerCommand()) },
	"scheduler":          func() int { return cli.Run(scheduler.NewSchedulerCommand()) },
	"kwok":               runKwok,
}

// commands end by themselves.
var commands = map[string]component{
	"kubectl": runKubectl,
	"stages":  printStages,
}

func main() {
	if name := filepath.Base(os.Args[0]); name == "kubectl" {
		os.Exit(runKubectl())
	}
	if len(os.Args) < 2 {
		os.Exit(usage())
	}
	name := os.Args[1]
	os.Args = append([]string{name}, os.Args[2:]...)
	if run, ok := daemons[name]; ok {
		exitWithParent()
		os.Exit(run())
	}
	if run, ok := commands[name]; ok {
		os.Exit(run())
	}
	os.Exit(usage())
}

func usage() int {
	names := make([]string, 0, len(daemons)+len(commands))
	for name := range daemons {
		names = append(names, name)
	}
	for name := range commands {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Fprintf(os.Stderr, "usage: devcluster %s [flags]\n", strings.Join(names, "|"))
	return 2
}
