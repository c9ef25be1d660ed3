package main

import (
	"io"
	"os"
	"time"
)

// A component that outlives the process that started it would hold ports, memory and a folder for
// ever. A signal handler in the parent cannot prevent that (nothing runs on kill -9), but the kernel
// closes the parent's end of a pipe however it dies.
const (
	// exitWithStdinVariable, when "1", promises that standard input is such a pipe.
	exitWithStdinVariable = "DEVCLUSTER_EXIT_WITH_STDIN"
	// removeVariable names a folder to remove when the parent is gone: the data that it can no longer
	// remove itself. One component of a cluster is given it.
	removeVariable = "DEVCLUSTER_REMOVE_WHEN_ORPHANED"
)

// exitWithParent ends this process as soon as the pipe on standard input closes.
// There is no graceful shutdown: nobody is left to read what it would preserve.
func exitWithParent() {
	if os.Getenv(exitWithStdinVariable) != "1" {
		return
	}
	// Taken now, as runKwok puts something else in its place.
	stdin := os.Stdin
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		if folder := os.Getenv(removeVariable); folder != "" {
			removeWhileOthersExit(folder)
		}
		os.Exit(0)
	}()
}

// removeWhileOthersExit tries for a second, because components that exit at the same moment may still
// be writing into the folder.
func removeWhileOthersExit(folder string) {
	for range 20 {
		_ = os.RemoveAll(folder)
		time.Sleep(50 * time.Millisecond)
		if _, err := os.Stat(folder); os.IsNotExist(err) {
			return
		}
	}
}
