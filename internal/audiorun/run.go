// Package audiorun merges the audio deltas of a session into runs.
package audiorun

import (
	"hash/maphash"
	"math"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/monotonic"
)

const (
	// Length is the time after its first piece from which a run takes no more. Each run costs
	// taps the same: with a thousand sessions and runs of two seconds, half a percent of the
	// processor time of the sessions more.
	Length = 4 * time.Second

	deltaType = "response.output_audio.delta"
	olderType = "response.audio.delta"
)

// run is the open run of a session, if it has one; the zero value has none. It is small, to
// share a line of memory with the lock of a Merger.
type run struct {
	first       monotonic.Time
	item        string
	last        uint32 // the time of the last piece, in nanoseconds after first
	gap         uint32 // the longest time between two pieces, in nanoseconds
	wire, sound uint32 // bytes
	response    uint32 // stands for its id
	pieces      uint16 // 0: no run is open
	content     uint8  // at most manyParts
	older       bool   // the first piece came under the older name
}

// manyParts stands for all content parts from it on: their pieces are not merged.
const manyParts = math.MaxUint8

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

func (r *run) isOpen() bool { return r.pieces > 0 }

// extend counts a piece that arrived at now in the open run. If it returns false, the piece is
// not part of that run: it begins another.
func (r *run) extend(p *Piece, now monotonic.Time) bool {
	if r.pieces == 0 || r.pieces == math.MaxUint16 || p.content != int(r.content) || r.content == manyParts || p.item != r.item || sum(p.response) != r.response {
		return false
	}
	at := max(time.Duration(now-r.first), time.Duration(r.last)) // Never back, if two clocks were read.
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

// begin begins a run with a piece that arrived at now.
func (r *run) begin(p *Piece, now monotonic.Time) {
	*r = run{
		first: now, item: p.item, response: sum(p.response), older: p.older,
		content: uint8(min(uint(p.content), manyParts)),
	}
	r.count(p)
}

func (r *run) count(p *Piece) {
	r.pieces++
	r.wire += p.size
	r.sound += p.sound
}

// end returns the open run, of a part of a response, and leaves none open.
func (r *run) end(response string, content int) Summary {
	first := r.first.Wall()
	s := Summary{
		EventType:  deltaType,
		ResponseID: response, ItemID: r.item, ContentIndex: content, Deltas: int(r.pieces),
		MessageBytes: int64(r.wire), AudioBytes: int64(r.sound),
		First: first, Last: first.Add(time.Duration(r.last)), Gap: time.Duration(r.gap),
	}
	if r.older {
		s.EventType = olderType
	}
	*r = run{}
	return s
}

var seed = maphash.MakeSeed()

// sum returns what stands for an id.
func sum(id string) uint32 {
	return uint32(maphash.String(seed, id)) //nolint:gosec // Half of it is enough.
}
