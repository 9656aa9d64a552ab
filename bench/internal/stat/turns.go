// Package stat measures work in short turns and sums up what was measured.
package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// Peer is one way to do a piece of work.
type Peer struct {
	Name string
	// Run does the work once.
	Run func() error
	// Turn, when set, does it n times elsewhere and returns the processor time;
	// allocations are then unknown.
	Turn func(n int) (time.Duration, error)
}

// Plan says how long to measure.
type Plan struct {
	Rounds int           // in which every peer has a turn
	Turn   time.Duration // the length of one, in processor time
}

// Measure lets peers take turns of about the planned length, in another order
// each round, so that whatever else the machine does hits all.
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
	random := rand.New(rand.NewPCG(1, 2))
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

// timed returns the processor time that n calls take, the garbage collector's
// included. Unlike the time on the wall it does not grow when the machine is busy
// with something else.
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

// calibrate returns how many calls fill a turn. The quickest of some tries counts:
// a collection in the middle of one would make turns too short to measure.
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
