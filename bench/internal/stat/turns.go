// Package stat measures work in short turns and computes statistics.
package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// Peer is one way to do a task.
type Peer struct {
	Name string
	// Run does the work once.
	Run func() error
	// Turn, if not nil, does the work n times in another process and returns its
	// processor time. Allocations are then unknown.
	Turn func(n int) (time.Duration, error)
}

// Plan is the number and the length of turns.
type Plan struct {
	Rounds int           // number of turns of each peer
	Turn   time.Duration // length of a turn in processor time
}

// Measure runs the turns of the peers in random order in each round, so that other load
// affects all of them alike.
func (p Plan) Measure(peers []Peer) ([]Sample, error) {
	out := make([]Sample, len(peers))
	for i, peer := range peers {
		n, err := peer.calibrate(p.Turn)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", peer.Name, err)
		}
		out[i] = Sample{Peer: peer.Name, N: n, Allocs: Unknown, Bytes: Unknown}
		if peer.Turn == nil {
			out[i].Allocs = testing.AllocsPerRun(100, func() { _ = peer.Run() })
			out[i].Bytes = bytesPerRun(peer.Run)
		}
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // Not a secret.
	for range p.Rounds {
		for _, i := range random.Perm(len(peers)) {
			took, err := peers[i].timed(out[i].N)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", peers[i].Name, err)
			}
			out[i].Nanos = append(out[i].Nanos, float64(took)/float64(out[i].N))
		}
	}
	return out, nil
}

// timed returns the processor time of n calls, including the garbage collector. Unlike
// elapsed time it does not include waiting for a busy processor.
func (p *Peer) timed(n int) (time.Duration, error) {
	if p.Turn != nil {
		took, err := p.Turn(n)
		return max(took, 1), err
	}
	start := processorTime()
	for range n {
		if err := p.Run(); err != nil {
			return 0, err
		}
	}
	return max(processorTime()-start, 1), nil
}

// calibrate returns the number of calls that fill a turn. It uses the fastest of
// several tries: a garbage collection during a try would make turns too short.
func (p *Peer) calibrate(turn time.Duration) (int, error) {
	for n := 1; ; n *= 2 {
		took := time.Duration(math.MaxInt64)
		for range 5 {
			once, err := p.timed(n)
			if err != nil {
				return 0, err
			}
			if took = min(took, once); took < turn/4 {
				break
			}
		}
		if took >= turn/4 {
			return max(1, int(float64(n)*float64(turn)/float64(took))), nil
		}
	}
}

func bytesPerRun(run func() error) float64 {
	const n = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		_ = run()
	}
	runtime.ReadMemStats(&after)
	return math.Round(float64(after.TotalAlloc-before.TotalAlloc) / n)
}
