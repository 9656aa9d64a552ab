// Package replay plays the server's side of a recorded conversation.
//
// A [Player] sends a frame of the server when the client has sent the frames before it.
// Audio counts by its length, however it is cut; other events count by their type.
// Events that the client sent without a frame of the server in between may come in any
// order.
package replay

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
)

// Player follows a recording. It belongs to the session's goroutine.
type Player struct {
	send  func(wireName string, data []byte)
	lines []golden.Frame
	done  []bool // Which of the client's lines have arrived.
	next  int    // The first line that has not been played.
	want  int    // Bytes of the client's audio in the lines before next.
	got   int    // Bytes of audio that the client has sent.

	ids      ids
	requests requests
}

// New returns a player of lines, which sends the server's.
func New(lines []golden.Frame, send func(wireName string, data []byte)) *Player {
	return &Player{send: send, lines: lines, done: make([]bool, len(lines)), ids: ids{}}
}

// Play sends the server's next frames, up to a line that the client has not sent, and
// reports whether the recording is over.
func (p *Player) Play() bool {
	for ; p.next < len(p.lines); p.next++ {
		line := p.lines[p.next]
		if line.FromClient {
			n, sound := soundOf(line)
			if sound && p.got < p.want+n || !sound && !p.done[p.next] {
				return false
			}
			p.want += n
			continue
		}
		metadata, answered := p.requests.answer(line.Type, line.Data)
		data := p.ids.rewrite(line.Data)
		if answered {
			data = withMetadata(data, metadata)
		}
		p.send(line.Type, data)
	}
	return true
}

// patience is how much longer than in the recording a player waits for the client, which
// may itself wait for what the recording does not have.
const patience = 30 * time.Second

// Awaited returns how long to wait for the next frame of the client, and what to say if it
// does not come.
func (p *Player) Awaited() (wait time.Duration, why string) {
	if p.next >= len(p.lines) {
		return patience, fmt.Sprintf("the recording is over, but the client has not closed the session for %v", patience)
	}
	what, wait := p.lines[p.next].Type, patience
	if _, sound := soundOf(p.lines[p.next]); sound {
		what = "more sound"
	}
	if p.next > 0 {
		wait += max(p.lines[p.next].At-p.lines[p.next-1].At, 0)
	}
	return wait, fmt.Sprintf("the recording goes on with %s, but the client has sent nothing for %v", what, wait.Round(time.Second))
}

// Receive takes a frame of the client. If the recording goes on otherwise, ok is false
// and expected is what it goes on with.
func (p *Player) Receive(got golden.Frame) (expected string, ok bool) {
	if n, ok := soundOf(got); ok {
		p.got += n
		return "", true
	}
	for i := p.next; i < len(p.lines) && p.lines[i].FromClient; i++ {
		line := p.lines[i]
		if _, sound := soundOf(line); sound || p.done[i] {
			continue
		}
		if line.Type == got.Type {
			p.done[i] = true
			p.ids.pair(line.Data, got.Data)
			if line.Type == "response.create" {
				p.requests.add(line.Data, got.Data)
			}
			return "", true
		}
		if expected == "" {
			expected = line.Type
		}
	}
	if expected == "" {
		expected = "nothing more of the client"
		if p.next < len(p.lines) {
			expected = "more sound"
		}
	}
	return expected, false
}

// soundOf returns the length of the audio that an event appends. ok is false for
// other events.
func soundOf(f golden.Frame) (n int, ok bool) {
	if !golden.IsSound(f.Type) || !f.FromClient {
		return 0, false
	}
	var event struct {
		Audio []byte `json:"audio"`
	}
	if json.Unmarshal(f.Data, &event) != nil {
		return 0, false
	}
	return len(event.Audio), true
}
