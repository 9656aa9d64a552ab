package mirror

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
)

// Transcripts is what the server of a transcription session has taken and not
// transcribed. Nil stands for a session of another kind, which owes nothing. Unlike a
// [Mirror] it has a lock of its own.
type Transcripts struct {
	ended atomic.Bool // nothing more may be sent

	mu    sync.Mutex // a leaf; guards what follows
	off   bool       // the session does not transcribe
	turns bool       // the server finds the turns
	owed  []string   // items that were committed, in order
	paid  chan struct{}
}

// NewTranscripts returns what a new session owes, which is nothing.
func NewTranscripts() *Transcripts { return &Transcripts{turns: true} }

// End notes that nothing more may be sent.
func (t *Transcripts) End() { t.ended.Store(true) }

// Ended reports whether nothing more may be sent.
func (t *Transcripts) Ended() bool { return t != nil && t.ended.Load() }

// Observe notes what an event changes. It reports whether the event was the last that
// was owed.
func (t *Transcripts) Observe(e api.ServerEvent) (settled bool) {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := e.(type) {
	case *api.SessionCreated:
		t.describe(e.Session)
	case *api.SessionUpdated:
		t.describe(e.Session)
	case *api.InputAudioBufferCommitted:
		if !t.off && !slices.Contains(t.owed, e.ItemID) {
			t.owed = append(t.owed, e.ItemID)
		}
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		t.pay(e.ItemID)
	case *api.ConversationItemInputAudioTranscriptionFailed:
		t.pay(e.ItemID)
	case *api.ConversationItemDeleted:
		t.pay(e.ItemID)
	default:
		return false
	}
	return len(t.owed) == 0
}

// describe notes the settings that decide what is owed. The lock is held.
func (t *Transcripts) describe(s api.Session) {
	x, ok := s.(*api.TranscriptionSession)
	if !ok || x == nil || x.Audio == nil || x.Audio.Input == nil {
		return
	}
	t.off = x.Audio.Input.Transcription.IsNull()
	_, none := x.Audio.Input.TurnDetection.(api.Null)
	t.turns = !none
}

// pay notes that an item is transcribed or never will be. The lock is held.
func (t *Transcripts) pay(id string) {
	if i := slices.Index(t.owed, id); i >= 0 {
		t.owed = slices.Delete(t.owed, i, i+1)
	}
	t.tell()
}

// tell wakes those that wait, if nothing is owed. The lock is held.
func (t *Transcripts) tell() {
	if len(t.owed) == 0 && t.paid != nil {
		close(t.paid)
		t.paid = nil
	}
}

// Wait returns a channel that is closed once nothing is owed, or nil if nothing is.
func (t *Transcripts) Wait() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.owed) == 0 {
		return nil
	}
	if t.paid == nil {
		t.paid = make(chan struct{})
	}
	return t.paid
}

// Lose returns the items that the end of a link leaves without a transcript, and
// forgets them.
func (t *Transcripts) Lose() (ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ids, t.owed = t.owed, nil
	t.tell()
	return ids
}

// Quiet reports whether leaving a link now would lose nothing. Audio is how much the
// server holds in its buffer: without turn detection all of it will be committed.
func (t *Transcripts) Quiet(audio int64) bool {
	if t == nil {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.owed) == 0 && (t.turns || audio == 0)
}
