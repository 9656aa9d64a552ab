package realtime

import (
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
)

// A session's audio is most of what it receives, and its memory can be used
// again once nobody reads it. Only whoever receives an event knows when that
// is, so nothing comes back by itself: a receiver that owns what it gets keeps
// it, and one that does not, a Mux, gives it back. That holds whatever memory
// the event was decoded into. Session.lends only decides where memory comes
// from: an owner's audio takes as much as it needs, and none of the pool's.
var audioEvents audioPool

// audioPool holds events that nobody has a hold of. They belong to no session,
// so that an idle one keeps no memory for audio.
type audioPool struct {
	pool sync.Pool
	// freed is for tests: it hears of memory that is free from now on.
	freed func(audio []byte)
}

// get returns an event to write over, or nil.
func (p *audioPool) get() *api.ResponseOutputAudioDelta {
	e, _ := p.pool.Get().(*api.ResponseOutputAudioDelta)
	return e
}

// put takes an event that nobody reads any more. Events without audio are left
// to the collector, and so is audio that is unusually long.
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
