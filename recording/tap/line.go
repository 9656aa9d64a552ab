package tap

import (
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/voice"
)

// Line returns the observer for BridgeOptions.Taps: what the line heard, by marks, by the
// device or by the clock.
func (r *Recorder) Line() *voice.Tap { return &voice.Tap{Heard: r.onHeard, Stopped: r.onStopped} }

const (
	// pauseAfter is how much later than expected sound may be known to be heard before that
	// is a pause: marks stand 200 ms apart.
	pauseAfter = 300 * recording.Millisecond
	// mostHeard is the length of sound after which a line is written at the latest.
	mostHeard = 5 * recording.Second
)

// heard is a span of sound that no line names yet.
type heard struct {
	open bool
	line recording.Heard
}

// onHeard joins what was heard to the span before it.
func (r *Recorder) onHeard(p voice.Played) {
	from, to := recording.MicrosOf(p.From), recording.MicrosOf(p.To)
	began := max(r.w.At(p.At)-(to-from), 0)
	by := recording.Evidence(p.How.String())
	r.mu.Lock()
	defer r.mu.Unlock()
	h := &r.heard
	if h.open {
		expected := h.line.Began + h.line.To - h.line.From
		same := h.line.Item == p.Item && h.line.Content == p.Content && h.line.By == by && h.line.To == from
		paused := began-expected > pauseAfter
		if same && !paused && to-h.line.From <= mostHeard {
			h.line.To = to
			return
		}
		h.flush(r.w)
		if same && !paused {
			began = expected // Knowledge comes in steps; the sound did not pause.
		}
	}
	h.open = true
	h.line = recording.Heard{Item: p.Item, Content: p.Content, From: from, To: to, Began: began, By: by}
}

// flush writes the span.
func (h *heard) flush(w *recording.Writer) {
	if h.open {
		line := h.line
		w.Add(0, &line)
		h.open = false
	}
}

// onStopped writes that an answer was cut.
func (r *Recorder) onStopped(h voice.Heard) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard.flush(r.w)
	now := r.w.Now()
	r.w.AddAt(now, 0, &recording.Cut{
		Item: h.Item, Content: h.Content, Heard: recording.MicrosOf(h.Sound), Made: recording.MicrosOf(h.Received), Asked: now,
	})
}
