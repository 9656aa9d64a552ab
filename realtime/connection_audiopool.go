package realtime

import (
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
)

// audioEvents holds the memory of audio events for use again: audio is most of what a
// session receives. Only the receiver of an event knows when it is done with it. One
// that owns its events, such as a caller of Recv, keeps them; one that does not, a
// Mux, puts them into the pool, whatever memory they were decoded into.
// Session.lends decides where memory comes from alone: for owners it is allocated as
// needed, and never taken from the pool.
var audioEvents audioPool

// audioPool holds events that are not in use. They belong to no session, so that an
// idle one keeps no memory for audio.
type audioPool struct {
	pool sync.Pool
	// freed, for tests, is called with memory that is free from now on.
	freed func(audio []byte)
}

// get returns an event to overwrite, or nil.
func (p *audioPool) get() *api.ResponseOutputAudioDelta {
	e, _ := p.pool.Get().(*api.ResponseOutputAudioDelta)
	return e
}

// put takes an event that is not in use any more. Events without audio and with
// unusually long audio are left to the garbage collector.
func (p *audioPool) put(e api.ServerEvent) {
	x, ok := e.(*api.ResponseOutputAudioDelta)
	if !ok || cap(x.Delta) > link.KeptBuffer {
		return
	}
	if p.freed != nil {
		p.freed(x.Delta[:cap(x.Delta)])
	}
	*x = api.ResponseOutputAudioDelta{Delta: x.Delta[:0]}
	p.pool.Put(x)
}
