// Package limits counts what a render spends.
//
// A render cannot be interrupted from outside, and where it runs the clock
// stands still while it computes. So nothing here looks at time: work is counted
// in steps. A step is roughly what one iteration of an empty template loop
// costs; file reads, function calls and bytes written are charged in the same
// unit. The first limit that breaks stays: every later charge fails with the
// same Problem, so an engine that swallows an error cannot go on.
package limits

import (
	"runtime"
	"runtime/metrics"

	"plumbline.dev/renderer/problem"
)

// Limits bounds one render. Zero means the default.
type Limits struct {
	Steps       int64 `json:"steps"`
	OutputBytes int64 `json:"outputBytes"`
	Objects     int64 `json:"objects"`
	Depth       int64 `json:"depth"`
	MemoryBytes int64 `json:"memoryBytes"`
}

// Defaults fit the largest public charts several times over, and end a hostile
// one within about two seconds.
var Defaults = Limits{
	Steps:       16_000_000,
	OutputBytes: 16 << 20,
	Objects:     20_000,
	Depth:       200,
	MemoryBytes: 80 << 20,
}

// firstCollection is the heap at which garbage is collected for the first time.
const firstCollection = 40 << 20

// memoryEvery is how many charges pass between two looks at the heap.
const memoryEvery = 512

// maxValue bounds a single value that a template makes; doubling one in a loop ends here.
const maxValue = 8 << 20

// bigString is the size from which a value makes the heap be looked at at once.
const bigString = 256 << 10

// Meter is spent by one render.
type Meter struct {
	limits    Limits
	steps     int64
	calls     int64
	peak      int64
	collectAt int64
	broken    *problem.Problem
	sample    [1]metrics.Sample
}

// NewMeter gives a meter with the given limits, defaults filled in.
func NewMeter(l Limits) *Meter {
	fill := func(value *int64, fallback int64) {
		if *value <= 0 {
			*value = fallback
		}
	}
	fill(&l.Steps, Defaults.Steps)
	fill(&l.OutputBytes, Defaults.OutputBytes)
	fill(&l.Objects, Defaults.Objects)
	fill(&l.Depth, Defaults.Depth)
	fill(&l.MemoryBytes, Defaults.MemoryBytes)
	m := &Meter{limits: l, collectAt: min(firstCollection, l.MemoryBytes)}
	m.sample[0].Name = "/memory/classes/heap/objects:bytes"
	return m
}

// Limits gives the limits in force.
func (m *Meter) Limits() Limits { return m.limits }

// Steps gives what was spent so far.
func (m *Meter) Steps() int64 { return m.steps }

// Broken gives the limit that was broken, or nil.
func (m *Meter) Broken() *problem.Problem { return m.broken }

// Break marks a limit as broken; the first one stays.
func (m *Meter) Break(p *problem.Problem) error {
	if m.broken == nil {
		m.broken = p
	}
	return m.broken
}

// Step charges n steps. It fails once the budget is spent or another limit broke.
func (m *Meter) Step(n int64) error {
	if m.broken != nil {
		return m.broken
	}
	m.steps += n
	if m.steps > m.limits.Steps || m.steps < 0 {
		m.steps = m.limits.Steps
		return m.Break(problem.New(problem.LimitSteps, "rendering needs more than %d steps", m.limits.Steps))
	}
	m.calls++
	if m.calls%memoryEvery == 0 {
		return m.Memory()
	}
	return nil
}

// Bytes charges the making of a value of n bytes, and looks at the heap when it is a big one.
func (m *Meter) Bytes(n int64) error {
	if n > maxValue || n < 0 {
		return m.Break(problem.New(problem.LimitOutput, "a template makes a single value of more than %d MB", maxValue>>20))
	}
	if err := m.Step(1 + n>>4); err != nil {
		return err
	}
	if n >= bigString {
		return m.Memory()
	}
	return nil
}

// Memory fails when the live heap is above the limit. It also collects garbage in
// time: the collector's background work hardly runs inside a call from the
// host, and WebAssembly memory that was once taken is never given back.
func (m *Meter) Memory() error {
	if m.broken != nil {
		return m.broken
	}
	used := m.heap()
	if used <= m.collectAt {
		return nil
	}
	runtime.GC()
	used = m.heap()
	m.collectAt = min(max(firstCollection, 2*used), max(m.limits.MemoryBytes, used+used/8))
	if used <= m.limits.MemoryBytes {
		return nil
	}
	return m.Break(problem.New(problem.LimitMemory, "rendering needs more than %d MB of memory", m.limits.MemoryBytes>>20))
}

// Depth fails when something is nested deeper than allowed.
func (m *Meter) Depth(depth int64, what string) error {
	if m.broken != nil {
		return m.broken
	}
	if depth > m.limits.Depth {
		return m.Break(problem.New(problem.LimitDepth, "%s deeper than %d levels", what, m.limits.Depth))
	}
	return nil
}

// Peak gives the largest heap that was seen, in bytes.
func (m *Meter) Peak() int64 {
	m.heap()
	return m.peak
}

func (m *Meter) heap() int64 {
	metrics.Read(m.sample[:])
	used := int64(m.sample[0].Value.Uint64())
	m.peak = max(m.peak, used)
	return used
}
