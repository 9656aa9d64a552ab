package realtime

import (
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Playback keeps account of what a listener has heard, for the moment when the
// user interrupts: answers arrive faster than they play, and the server must be
// told how much of an answer it may take for said. It plays nothing itself and
// looks at no clock. Give it the audio that arrives, report what the device has
// played, and ask it for the event that tells the server:
//
//	// *api.ResponseOutputAudioDelta
//	if playback.Add(e.ItemID, e.ContentIndex, e.Delta) {
//		device.Play(e.Delta)
//	}
//	// *api.InputAudioBufferSpeechStarted
//	playback.Played(device.Stop())
//	if cut, ok := playback.Interrupt(); ok {
//		err = s.Send(ctx, cut)
//	}
//
// The zero value is ready for [RatePCM]. All methods may be called from any
// goroutine, a device's callback included.
type Playback struct {
	// Rate is the output format's bytes a second, default [RatePCM]. Set it
	// before the first call.
	Rate int

	mu      sync.Mutex
	queue   []playing // what plays, and what will; the first one stays until the next one begins
	heard   string    // the last item that was heard, if only in part
	unheard []string
	stopped []string
}

// playing is a part of an item, in bytes.
type playing struct {
	item             string
	content          int
	received, played int
}

// Add takes audio of an item as it arrives and reports whether it is to be
// played: what comes late of an item that Interrupt has stopped is not. Items
// play one after another, in the order of their first piece.
func (p *Playback) Add(itemID string, contentIndex int, audio []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Contains(p.stopped, itemID) {
		return false
	}
	i := slices.IndexFunc(p.queue, func(x playing) bool { return x.item == itemID && x.content == contentIndex })
	if i < 0 {
		i = len(p.queue)
		p.queue = append(p.queue, playing{item: itemID, content: contentIndex})
	}
	p.queue[i].received += len(audio)
	return true
}

// Played reports that the device has played so many more bytes, as often as it
// suits the device, and at the latest before Interrupt. What exceeds the audio
// that was added is silence and does not count.
func (p *Playback) Played(bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) > 0 {
		x := &p.queue[0]
		n := max(min(bytes, x.received-x.played), 0)
		x.played += n
		bytes -= n
		if p.length(x.played) > 0 {
			p.heard = x.item
		}
		if x.played < x.received || len(p.queue) == 1 {
			return
		}
		p.queue = slices.Delete(p.queue, 0, 1)
	}
}

// Remaining returns how long what was added and not played will play.
func (p *Playback) Remaining() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, x := range p.queue {
		n += x.received - x.played
	}
	return p.length(n)
}

// Interrupt forgets what was not played, and returns the event that tells the
// server how much was heard of the item that was playing: never more than has
// arrived. It asks for no response to be cancelled; with voice activity
// detection the server does that by itself.
//
// It returns false when there is nothing to truncate. Either all that had
// arrived was heard, and nothing is to be done; or the item that was about to
// play was not heard at all. A truncation cannot say that, since the server
// refuses an audio_end_ms of 0: delete the item, and whatever else
// [Playback.Unheard] lists, with a conversation.item.delete, or do nothing if
// the model may believe that it has said so.
func (p *Playback) Interrupt() (*api.ConversationItemTruncate, bool) {
	p.Played(0) // Go over what has played to its end.
	p.mu.Lock()
	defer p.mu.Unlock()
	queue := p.queue
	p.queue, p.unheard, p.stopped = nil, nil, nil
	for _, x := range queue {
		if x.item != p.heard && !slices.Contains(p.unheard, x.item) {
			p.unheard = append(p.unheard, x.item)
		}
		p.stopped = append(p.stopped, x.item)
	}
	if len(queue) == 0 {
		return nil, false
	}
	x := queue[0]
	heard := p.length(x.played).Milliseconds()
	if x.played == x.received || heard == 0 {
		return nil, false
	}
	return &api.ConversationItemTruncate{ItemID: x.item, ContentIndex: x.content, AudioEndMS: int(heard)}, true
}

// Unheard returns the items that the last Interrupt has stopped before any of
// their audio was heard, in order. The conversation still holds them.
func (p *Playback) Unheard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.unheard)
}

// length is how long audio plays, in whole milliseconds.
func (p *Playback) length(bytes int) time.Duration {
	rate := p.Rate
	if rate <= 0 {
		rate = RatePCM
	}
	return time.Duration(int64(bytes)*1000/int64(rate)) * time.Millisecond
}
