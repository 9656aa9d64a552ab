// Package audiorun merges the audio deltas of a session into runs.
package audiorun

import (
	"math"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

const (
	// Length is the time after its first piece from which a run takes no more.
	Length = time.Second

	deltaType = "response.output_audio.delta"
	olderType = "response.audio.delta"
)

// Run is the open run of a session, if it has one; the zero value has none. It is not safe
// for concurrent use; see [Merger]. With a thousand sessions, what a piece costs is fetching the session's
// memory, so that a Run is 80 bytes, and a merger two lines of memory: lengths of time are nanoseconds, less than [Length].
type Run struct {
	item, response string
	first          time.Time
	last           uint32 // the time of the last piece, after first
	gap            uint32 // the longest time between two pieces
	pieces         uint16 // 0: no run is open
	older          bool   // the first piece came under the older name
	content        int32
	wire, sound    uint32 // bytes
}

// Summary is a run that has ended, with the fields of realtime.AudioRun.
type Summary struct {
	EventType                string
	ResponseID, ItemID       string
	ContentIndex             int
	Deltas                   int
	MessageBytes, AudioBytes int64
	First, Last              time.Time
	Gap                      time.Duration
}

// IsOpen reports whether a run is open.
func (r *Run) IsOpen() bool { return r.pieces > 0 }

// Extend counts a piece, of a message of some bytes, in the open run. If it returns false,
// the piece is not part of that run: it begins another.
func (r *Run) Extend(e *api.ResponseOutputAudioDelta, size int) bool {
	if r.pieces == 0 || r.pieces == math.MaxUint16 || e.ContentIndex != int(r.content) || e.ItemID != r.item || e.ResponseID != r.response {
		return false
	}
	at := time.Since(r.first)
	// The bytes of a message are more than those of its audio.
	if at >= Length || int64(r.wire)+int64(size) > math.MaxUint32 {
		return false
	}
	now := uint32(at) //nolint:gosec // 0 ≤ at < Length
	r.gap = max(r.gap, now-r.last)
	r.last = now
	r.count(e, size)
	return true
}

// Begin begins a run with a piece.
func (r *Run) Begin(e *api.ResponseOutputAudioDelta, size int) {
	*r = Run{
		item: e.ItemID, response: e.ResponseID, content: int32(e.ContentIndex), //nolint:gosec // Another number begins a run with each piece.
		older: e.EventType() == olderType, first: time.Now(),
	}
	r.count(e, size)
}

func (r *Run) count(e *api.ResponseOutputAudioDelta, size int) {
	r.pieces++
	r.wire += uint32(size)          //nolint:gosec // See Extend; no message has 4 GiB.
	r.sound += uint32(len(e.Delta)) //nolint:gosec // Less than size.
}

// End returns the open run, and leaves none open.
func (r *Run) End() Summary {
	s := Summary{
		EventType:  deltaType,
		ResponseID: r.response, ItemID: r.item, ContentIndex: int(r.content), Deltas: int(r.pieces),
		MessageBytes: int64(r.wire), AudioBytes: int64(r.sound),
		First: r.first, Last: r.first.Add(time.Duration(r.last)), Gap: time.Duration(r.gap),
	}
	if r.older {
		s.EventType = olderType
	}
	*r = Run{}
	return s
}
