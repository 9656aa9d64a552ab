package agent

import (
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Playback counts how much of the answers a listener has heard. Answers arrive
// faster than they play, and when the user interrupts, the server must know how
// much was heard. Playback plays nothing itself and reads no clock. Give it the
// audio that arrives, report what the device has played, and send the event that
// it returns:
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
// The zero value is ready for [realtime.RatePCM]. All methods may be called from any
// goroutine, a device's callback included.
type Playback struct {
	// Rate is the output format's bytes a second, default [realtime.RatePCM]. Set it
	// before the first call.
	Rate int

	mu      sync.Mutex // guards what follows
	queue   []playing  // in the order of playing; the first one stays until the next one begins
	heard   string     // the last item that was heard, if only in part
	unheard []string   // items that the last Interrupt stopped before any of their audio was heard
	stopped []string   // items that Interrupt stopped, the latest last; at most maxStopped
}

// maxStopped bounds the items of which late audio is dropped. Audio is late by seconds,
// so that only the latest items can have some.
const maxStopped = 64

// playing is a part of an item, in bytes.
type playing struct {
	item             string
	content          int
	received, played int
}

// Add counts audio of an item as it arrives and reports whether to play it: late
// audio of an item that Interrupt has stopped is not played. Items play one after
// another, in the order of their first piece.
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

// Played counts bytes that the device has played since the last call. Call it as
// often as suits the device, and at the latest before Interrupt. Bytes beyond the
// audio that was added are silence and do not count.
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

// Remaining returns the length of the audio that was added and not played.
func (p *Playback) Remaining() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, x := range p.queue {
		n += x.received - x.played
	}
	return p.length(n)
}

// Interrupt drops the audio that was not played, and returns the event that
// truncates the playing item at what was heard of it, which is never more than has
// arrived. It cancels no response; with voice activity detection the server does
// that by itself.
//
// It returns false when there is nothing to truncate. Either everything that had
// arrived was heard, and there is nothing to do; or the item that was about to
// play was not heard at all. A truncation cannot express that, since the server
// refuses an audio_end_ms of 0: delete the items that [Playback.Unheard] lists with
// conversation.item.delete, or leave them if the model may believe that it has
// said them.
func (p *Playback) Interrupt() (*api.ConversationItemTruncate, bool) {
	p.Played(0) // Removes items that have played to their end.
	p.mu.Lock()
	defer p.mu.Unlock()
	queue := p.queue
	p.queue, p.unheard = nil, nil
	for _, x := range queue {
		if x.item != p.heard && !slices.Contains(p.unheard, x.item) {
			p.unheard = append(p.unheard, x.item)
		}
		if !slices.Contains(p.stopped, x.item) {
			p.stopped = append(p.stopped, x.item)
		}
	}
	p.stopped = slices.Delete(p.stopped, 0, max(len(p.stopped)-maxStopped, 0))
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

// Unheard returns, in order, the items that the last Interrupt stopped before any
// of their audio was heard. The conversation still holds them.
func (p *Playback) Unheard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.unheard)
}

// length is how long audio plays, in whole milliseconds.
func (p *Playback) length(bytes int) time.Duration {
	rate := p.Rate
	if rate <= 0 {
		rate = realtime.RatePCM
	}
	return time.Duration(int64(bytes)*1000/int64(rate)) * time.Millisecond
}
