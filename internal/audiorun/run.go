// Package audiorun merges the audio deltas of a session into runs.
package audiorun

import (
	"math"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

const (
	// Length is the time after its first piece from which a run takes no more. Each run costs
	// taps the same: with a thousand sessions and runs of two seconds, half a percent of the
	// processor time of the sessions more.
	Length = 4 * time.Second

	deltaType = "response.output_audio.delta"
	olderType = "response.audio.delta"
)

// Run is the open run of a session, if it has one; the zero value has none. It is not safe
// for concurrent use; see [Merger]. With a thousand sessions, what a piece costs is fetching the
// session's memory. So what a piece changes comes first, to be in one line of memory with the
// lock of a Merger, and lengths of time are nanoseconds, less than [Length].
type Run struct {
	first       time.Duration // on the caller's clock
	last        uint32        // the time of the last piece, after first
	gap         uint32        // the longest time between two pieces
	wire, sound uint32        // bytes
	content     int32
	pieces      uint16 // 0: no run is open
	older       bool   // the first piece came under the older name
	item        string

	response string
}

// Piece is what a run needs to know of an audio delta. The zero piece is none.
type Piece struct {
	isAudio        bool
	item, response string
	content        int
	size, sound    uint32 // bytes: of the message, of its audio
	older          bool   // it came under the older name
}

// Of returns what a run needs to know of an event, of a message of some bytes; the zero piece if
// it is no audio delta. It keeps nothing of the audio, which may be used again before the piece
// is counted.
func Of(e api.ServerEvent, size int) Piece {
	d, ok := e.(*api.ResponseOutputAudioDelta)
	if !ok {
		return Piece{}
	}
	return Piece{
		isAudio: true, item: d.ItemID, response: d.ResponseID, content: d.ContentIndex,
		size: uint32(size), sound: uint32(len(d.Delta)), //nolint:gosec // No message has 4 GiB; its audio is shorter.
		older: d.EventType() == olderType,
	}
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

// Extend counts a piece that arrived at now in the open run. If it returns false, the piece is
// not part of that run: it begins another.
func (r *Run) Extend(p *Piece, now time.Duration) bool {
	if r.pieces == 0 || r.pieces == math.MaxUint16 || p.content != int(r.content) || p.item != r.item || p.response != r.response {
		return false
	}
	at := now - r.first
	// The bytes of a message are more than those of its audio.
	if at >= Length || r.wire > math.MaxUint32-p.size {
		return false
	}
	last := uint32(at) //nolint:gosec // 0 ≤ at < Length
	r.gap = max(r.gap, last-r.last)
	r.last = last
	r.count(p)
	return true
}

// Begin begins a run with a piece that arrived at now.
func (r *Run) Begin(p *Piece, now time.Duration) {
	*r = Run{
		item: p.item, response: p.response, content: int32(p.content), //nolint:gosec // Another number begins a run with each piece.
		older: p.older, first: now,
	}
	r.count(p)
}

func (r *Run) count(p *Piece) {
	r.pieces++
	r.wire += p.size
	r.sound += p.sound
}

// End returns the open run, on a clock that began at that time, and leaves none open.
func (r *Run) End(began time.Time) Summary {
	first := began.Add(r.first)
	s := Summary{
		EventType:  deltaType,
		ResponseID: r.response, ItemID: r.item, ContentIndex: int(r.content), Deltas: int(r.pieces),
		MessageBytes: int64(r.wire), AudioBytes: int64(r.sound),
		First: first, Last: first.Add(time.Duration(r.last)), Gap: time.Duration(r.gap),
	}
	if r.older {
		s.EventType = olderType
	}
	*r = Run{}
	return s
}
