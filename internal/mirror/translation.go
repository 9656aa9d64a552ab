package mirror

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Translation is what a translation server has taken and not answered. The zero value is
// ready. Sent and Withdrawn may be called from any goroutine; the rest belongs to the
// reader.
type Translation struct {
	// Changed is set when the server has accepted an update.
	Changed bool
	// Elapsed is the time to which its output has come.
	Elapsed time.Duration

	mu      sync.Mutex // a leaf; guards what follows
	updates []update   // sent and not answered
}

// update is a session.update that was not answered yet.
type update struct {
	id      string
	seq     uint64
	message []byte
}

// Sent notes an event that was accepted for sending.
func (t *Translation) Sent(id string, seq uint64, e api.TranslationClientEvent, message []byte) {
	if _, ok := e.(*api.TranslationSessionUpdate); ok {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.updates = append(t.updates, update{id, seq, bytes.Clone(message)})
	}
}

// Withdrawn forgets an update that has left the send queue unwritten.
func (t *Translation) Withdrawn(seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.updates = slices.DeleteFunc(t.updates, func(u update) bool { return u.seq == seq })
}

// Observe notes what an event changes.
func (t *Translation) Observe(e api.TranslationServerEvent) {
	switch e := e.(type) {
	case *api.TranslationSessionUpdated:
		t.mu.Lock()
		defer t.mu.Unlock()
		t.Changed = true
		if len(t.updates) > 0 {
			t.updates = t.updates[1:]
		}
	case *api.ErrorEvent:
		id := orEmpty(e.Error.EventID)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.updates = slices.DeleteFunc(t.updates, func(u update) bool { return id != "" && u.id == id })
	case *api.TranslationOutputAudioDelta:
		t.reached(e.ElapsedMS)
	case *api.TranslationOutputTranscriptDelta:
		t.reached(e.ElapsedMS)
	default:
	}
}

// reached notes the time to which the output has come.
func (t *Translation) reached(elapsed api.Nullable[int]) {
	ms, _ := elapsed.Get()
	t.Elapsed = max(t.Elapsed, time.Duration(ms)*time.Millisecond)
}

// Unanswered returns the updates that were sent up to a place in the send queue and have
// no answer.
func (t *Translation) Unanswered(last uint64) (messages [][]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, u := range t.updates {
		if u.seq > last {
			break // It is in the queue.
		}
		messages = append(messages, u.message)
	}
	return messages
}
