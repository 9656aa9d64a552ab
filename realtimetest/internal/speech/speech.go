// Package speech is the input of a session: a [Buffer] of audio with speech
// detection, and [Recordings] that are recognised in it.
package speech

import (
	"time"

	"github.com/voicelane/realtime-go/internal/audio"
)

// Defaults of speech detection, as the API states them.
const (
	DefaultThreshold = 0.5
	DefaultPrefixMS  = 300
	DefaultSilenceMS = 500
)

// maxSilenceMS is the length of the audio that a buffer with VAD keeps while it
// waits for speech. Only a manual commit could use the rest.
const maxSilenceMS = 30_000

// MaxBytes is the audio that is kept of one side of a conversation: eleven minutes of
// 24 kHz PCM16. A buffer that grows without a commit drops its oldest audio, so that a
// client that never commits does not exhaust the memory.
const MaxBytes = 32 << 20

// Settings are the input settings of a session.
type Settings struct {
	Format audio.Format
	// VAD reports whether speech is detected.
	VAD bool
	// Threshold, PrefixMS and SilenceMS are those of server VAD.
	Threshold float64
	PrefixMS  int
	SilenceMS int
	// Respond reports whether a response follows the end of speech.
	Respond bool
	// Interrupt reports whether speech cancels the response in progress.
	Interrupt bool
	// IdleMS is the time without speech after a response that starts a turn; 0 is
	// off.
	IdleMS int
}

// Detect turns VAD on. Nil values are the defaults.
func (set *Settings) Detect(threshold *float64, prefixMS, silenceMS *int) {
	set.VAD, set.Threshold, set.PrefixMS, set.SilenceMS = true, DefaultThreshold, DefaultPrefixMS, DefaultSilenceMS
	if threshold != nil {
		set.Threshold = *threshold
	}
	if prefixMS != nil {
		set.PrefixMS = max(*prefixMS, 0)
	}
	if silenceMS != nil {
		set.SilenceMS = max(*silenceMS, frameMS)
	}
}

// Buffer holds the audio that is not committed. Its times are milliseconds of the
// stream: of all audio appended in the session. It is not safe for concurrent use.
type Buffer struct {
	set      Settings
	data     []byte
	startMS  int // The stream time at which set.Format began.
	dropped  int // Bytes of set.Format that are no longer in data.
	detector *detector
	originMS int    // The stream time at which detector began.
	itemID   string // The item of the speech in progress, empty in silence.
	samples  []int16
}

// Configure applies settings. The audio in the buffer stays, unless its format
// changes.
func (b *Buffer) Configure(set Settings) {
	if set.Format != b.set.Format {
		b.startMS, b.dropped, b.data = b.EndMS(), 0, nil
		b.detector = nil
	}
	if !set.VAD {
		b.detector, b.itemID = nil, ""
	}
	b.set = set
	if !set.VAD {
		return
	}
	if b.detector == nil {
		b.detector = &detector{rate: set.Format.Rate}
		b.originMS, b.itemID = b.EndMS(), ""
	}
	b.detector.threshold, b.detector.silenceMS = set.Threshold, set.SilenceMS
}

// Settings returns the settings of the latest Configure.
func (b *Buffer) Settings() Settings { return b.set }

// Format returns the encoding of the audio.
func (b *Buffer) Format() audio.Format { return b.set.Format }

// Append adds sound and returns the edges of speech in it. For each of them the
// caller calls Start or Stop, and then Trim.
func (b *Buffer) Append(sound []byte) []Edge {
	b.data = append(b.data, sound...)
	if b.detector == nil {
		return nil
	}
	b.samples = b.set.Format.AppendSamples(b.samples[:0], sound)
	edges := b.detector.feed(b.samples)
	for i := range edges {
		edges[i].At += b.originMS
	}
	return edges
}

// Start begins speech, which becomes the item of that id. It drops the audio in
// front of the speech and its padding and returns the time of what is left.
func (b *Buffer) Start(at int, itemID string) (startMS int) {
	startMS = max(at-b.set.PrefixMS, b.BeginMS())
	b.drop(b.offset(startMS))
	b.itemID = itemID
	return startMS
}

// Stop ends speech and removes and returns its audio.
func (b *Buffer) Stop(at int) (itemID string, sound []byte) {
	itemID, b.itemID = b.itemID, ""
	return itemID, b.take(b.offset(at))
}

// Trim drops audio that no turn will use, in silence with VAD, and the oldest of more
// than a buffer holds.
func (b *Buffer) Trim() {
	// A quarter at a time, since dropping moves what is left.
	if len(b.data) > MaxBytes {
		n := len(b.data) - MaxBytes*3/4
		b.drop(n - n%b.set.Format.SampleSize())
	}
	if b.detector == nil || b.itemID != "" {
		return
	}
	if extra := b.EndMS() - b.BeginMS() - maxSilenceMS; extra > 0 {
		b.drop(b.offset(b.BeginMS() + extra))
	}
}

// ItemID returns the item of the speech in progress, empty in silence.
func (b *Buffer) ItemID() string { return b.itemID }

// LengthMS returns the length of the audio in the buffer.
func (b *Buffer) LengthMS() int { return b.set.Format.Milliseconds(len(b.data)) }

// EndMS returns the stream time at the end of the buffer.
func (b *Buffer) EndMS() int { return b.startMS + b.set.Format.Milliseconds(b.dropped+len(b.data)) }

// BeginMS returns the stream time at the beginning of the buffer.
func (b *Buffer) BeginMS() int { return b.startMS + b.set.Format.Milliseconds(b.dropped) }

// TakeAll removes and returns all audio. Speech in progress goes on.
func (b *Buffer) TakeAll() []byte { return b.take(len(b.data)) }

// Clear removes and returns all audio, and ends speech in progress. itemID is
// empty if there was none.
func (b *Buffer) Clear() (itemID string, sound []byte) {
	itemID, b.itemID = b.itemID, ""
	if b.detector != nil {
		b.detector.reset()
	}
	return itemID, b.TakeAll()
}

// offset returns the place in data of a stream time.
func (b *Buffer) offset(ms int) int {
	n := b.set.Format.Bytes(time.Duration(ms-b.startMS)*time.Millisecond) - b.dropped
	return min(max(n, 0), len(b.data))
}

func (b *Buffer) take(n int) []byte {
	taken := append([]byte(nil), b.data[:n]...)
	b.drop(n)
	return taken
}

func (b *Buffer) drop(n int) {
	b.data = append(b.data[:0], b.data[n:]...)
	b.dropped += n
}
