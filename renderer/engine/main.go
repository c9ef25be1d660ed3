//go:build wasip1

// The renderer: Kustomize's and Helm's own engines behind one call, for a host
// that speaks WebAssembly.
//
// Calls, all on the same instance and never two at once:
//
//	alloc(n) pointer            room for a request of n bytes
//	render(pointer, n) packed   renders it; the response's pointer and length, as pointer<<32 | length
//	release(pointer)            gives a response back
//
// The formats are described in package wire.
package main

import (
	"io"
	"log"
	"log/slog"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"unsafe"

	"plumbline.dev/renderer/render"
)

// softMemory is where the collector begins to work harder: the host has 128 MB for everything.
const softMemory = 80 << 20

// collectAbove is the heap after which a render is followed by a collection.
const collectAbove = 24 << 20

// kept holds what the host has a pointer to, so that it is not collected.
var kept = map[uintptr][]byte{}

//go:wasmexport alloc
func alloc(n uint32) uint32 { return keep(make([]byte, max(n, 1))) }

//go:wasmexport render
func renderRequest(pointer, n uint32) uint64 {
	request := kept[uintptr(pointer)]
	delete(kept, uintptr(pointer))
	if uint32(len(request)) < n {
		return 0
	}
	response := render.Bytes(request[:n])
	request = nil
	collect()
	return uint64(keep(response))<<32 | uint64(len(response))
}

//go:wasmexport release
func release(pointer uint32) { delete(kept, uintptr(pointer)) }

// collect finishes what the collector has begun. Its background work only runs
// while the host is inside a call, so after a large render it would lag behind, and the memory, which never shrinks, grow.
func collect() {
	metrics.Read(heap[:])
	if heap[0].Value.Uint64() > collectAbove {
		runtime.GC()
	}
}

var heap = [1]metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}

func keep(b []byte) uint32 {
	pointer := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	kept[pointer] = b
	return uint32(pointer)
}

func init() {
	debug.SetMemoryLimit(softMemory)
	// The engines' own logs may quote manifests; what matters comes back in the response.
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.DiscardHandler))
}

func main() {}
