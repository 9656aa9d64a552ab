// Package audiopool keeps the memory of audio events that are not in use.
package audiopool

import (
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
)

// Pool holds events that are not in use. They belong to no session, so that an idle one
// keeps no memory for audio. The zero value is an empty pool, for any number of goroutines.
type Pool struct {
	pool sync.Pool
	// Freed, for tests, is called with memory that is free from now on.
	Freed func(audio []byte)
}

// Get returns an event to overwrite, or nil.
func (p *Pool) Get() *api.ResponseOutputAudioDelta {
	e, _ := p.pool.Get().(*api.ResponseOutputAudioDelta)
	return e
}

// Put takes an event that is not in use any more. Events without audio and with unusually
// long audio are left to the garbage collector.
func (p *Pool) Put(e api.ServerEvent) {
	x, ok := e.(*api.ResponseOutputAudioDelta)
	if !ok || cap(x.Delta) > link.KeptBuffer {
		return
	}
	if p.Freed != nil {
		p.Freed(x.Delta[:cap(x.Delta)])
	}
	*x = api.ResponseOutputAudioDelta{Delta: x.Delta[:0]}
	p.pool.Put(x)
}
