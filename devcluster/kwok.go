package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"sigs.k8s.io/kwok/pkg/config"
	kwok "sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"
)

// runKwok plays the kubelet for every Node: it walks Pods and Nodes through the built-in stages, after
// which further --config files are read as usual.
func runKwok() int {
	if err := stagesOnStdin(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	os.Args = append(os.Args, "--config", "-")

	flags := pflag.NewFlagSet("global", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	ctx, _ := log.InitFlags(signals.SetupSignalContext(), flags)
	ctx, err := config.InitFlags(ctx, flags)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}

	command := kwok.NewCommand(ctx)
	// A command with a version gets a --version flag from cobra, and the API server's libraries, which
	// are in this binary too, have already registered one.
	command.Version = ""
	command.PersistentFlags().AddFlagSet(flags)
	if err := command.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// stagesOnStdin lets kwok read the built-in stages where it would read a person's, so that they need no
// file on disk.
func stagesOnStdin() error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	os.Stdin = reader
	go func() {
		_, _ = writer.WriteString(stages())
		_ = writer.Close()
	}()
	return nil
}
