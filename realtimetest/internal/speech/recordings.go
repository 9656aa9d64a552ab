package speech

import (
	"bytes"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// Recordings recognises recordings in audio of any format. Each is identified by
// its loudest piece, so silence around it and cut ends do not matter.
type Recordings struct {
	recordings [][]byte // 24 kHz PCM16.
	format     audio.Format
	prints     []fingerprint // The pieces in format.
}

// fingerprint is the loudest piece of a recording.
type fingerprint struct {
	piece []byte
	index int // In recordings.
}

// NewRecordings returns the recordings, which are 24 kHz mono PCM16. Nil ones are
// never found.
func NewRecordings(recordings [][]byte) Recordings { return Recordings{recordings: recordings} }

// Empty reports whether there is no recording.
func (r *Recordings) Empty() bool {
	return !slices.ContainsFunc(r.recordings, func(x []byte) bool { return x != nil })
}

// Find returns the index of the first recording that sound contains.
func (r *Recordings) Find(sound []byte, format audio.Format) (index int, ok bool) {
	r.prepare(format)
	for _, p := range r.prints {
		if bytes.Contains(sound, p.piece) {
			return p.index, true
		}
	}
	return 0, false
}

// prepare makes the fingerprints for a format.
func (r *Recordings) prepare(format audio.Format) {
	if r.format == format {
		return
	}
	r.format, r.prints = format, nil
	for i, recording := range r.recordings {
		if piece := loudest(recording, format); piece != nil {
			r.prints = append(r.prints, fingerprint{piece: piece, index: i})
		}
	}
}

// loudest returns the loudest 20 ms of a recording in the given format, nil for
// silence.
func loudest(recording []byte, format audio.Format) []byte {
	data := Convert(recording, audio.PCM24k, format)
	size := format.Bytes(2 * frameMS * time.Millisecond)
	var best []byte
	level := silentDB
	for piece := range slices.Chunk(data, size) {
		if l := format.Level(piece); len(piece) == size && l > level {
			best, level = piece, l
		}
	}
	return best
}
