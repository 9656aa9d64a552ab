package phone

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/stat"
	"github.com/voicelane/realtime-go/telephony"
)

// request is a request to either process.
type request struct {
	Do      string `json:"do"`
	Kind    string `json:"kind"`
	Address string `json:"address"`
	Lines   int    `json:"lines"`
}

// linesStat are the counters of the lines.
type linesStat struct {
	Address string        `json:"address"`
	CPU     time.Duration `json:"cpu"`
	Heard   int64         `json:"heard"`  // frames of 20 ms from the caller
	Played  int64         `json:"played"` // frames of 20 ms to the caller
	Allocs  uint64        `json:"allocs"`
	Failed  int64         `json:"failed"` // lines that ended abnormally
	Reason  string        `json:"reason"` // of the first one
}

// lines runs calls and counts.
type lines struct {
	heard, played, failed atomic.Int64
	reason                atomic.Pointer[error]
}

// Lines runs the process of the lines. It serves requests from standard input.
func Lines() error {
	s := &lines{}
	return process.Serve(func(r request) (any, error) {
		if r.Do == "listen" {
			k := find(r.Kind)
			if k == nil {
				return nil, fmt.Errorf("there is no carrier %q", r.Kind)
			}
			address, err := k.listen(telephony.Options{Call: s.call, MaxCalls: -1})
			return linesStat{Address: address}, err
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		x := linesStat{CPU: stat.Usage(), Heard: s.heard.Load(), Played: s.played.Load(), Allocs: m.Mallocs, Failed: s.failed.Load()}
		if err := s.reason.Load(); err != nil {
			x.Reason = (*err).Error()
		}
		return x, nil
	})
}

// store is the sound that the carrier is given ahead, as a model does that speaks faster
// than it is heard.
const store = time.Second

// call plays 20 ms for each 20 ms that it hears, once a key was pressed.
func (s *lines) call(ctx context.Context, l *telephony.Line) error {
	_, out := l.Formats()
	sound := out.AppendTone(nil, 440, store, 0.5)
	playing := false
	for {
		in, err := l.Receive(ctx)
		if err != nil {
			if err := l.Err(); err != nil {
				s.failed.Add(1)
				s.reason.CompareAndSwap(nil, &err)
			}
			return nil
		}
		if in.Key != 0 && !playing {
			playing = true
			_ = l.Play(ctx, sound) // The end shows in Receive.
		}
		if len(in.Audio) == 0 {
			continue
		}
		s.heard.Add(1)
		if playing {
			_ = l.Play(ctx, sound[:out.Bytes(frame)]) // The end shows in Receive.
			s.played.Add(1)
		}
	}
}
