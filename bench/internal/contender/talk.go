package contender

import (
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// sender sends audio to the server. It does not keep it.
type sender = func(audio []byte) error

// talk is what the sessions of a process send.
type talk struct {
	echo []byte // set before echoes is

	mu      sync.Mutex
	stop    chan struct{} // guarded by mu; closed to end the talk, nil without it
	talkers sync.WaitGroup
}

// holds keeps a session reachable, and what sends over it.
func (c *crowd) holds(session any, s sender) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep = append(c.keep, session)
	c.senders = append(c.senders, s)
}

// speak starts to send audio over each session at a pace, evenly spread.
func (c *crowd) speak(p server.Pace) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.talk.mu.Lock()
	defer c.talk.mu.Unlock()
	if c.talk.stop != nil {
		return
	}
	p = p.Or()
	stop := make(chan struct{})
	c.talk.stop = stop
	begin := time.Now().Add(p.Every)
	for i, s := range c.senders {
		due := p.Spread(begin, i, len(c.senders))
		c.talk.talkers.Go(func() { speak(s, p, due, stop) })
	}
}

// recordings are buffers of audio that has a stamp.
var recordings sync.Pool

// speak sends audio at each due time until stop is closed or sending fails.
func speak(s sender, p server.Pace, due time.Time, stop <-chan struct{}) {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-stop:
			return
		}
		buf, ok := recordings.Get().(*[]byte)
		if !ok || len(*buf) != p.Sound {
			buf = new(frames.PCM(p.Sound))
		}
		frames.Stamp(*buf, stat.Monotonic())
		err := s(*buf)
		recordings.Put(buf)
		if err != nil {
			return
		}
		due = due.Add(p.Every)
		timer.Reset(time.Until(due))
	}
}

// hush ends the talk.
func (c *crowd) hush() {
	c.talk.mu.Lock()
	defer c.talk.mu.Unlock()
	if c.talk.stop != nil {
		close(c.talk.stop)
		c.talk.talkers.Wait()
		c.talk.stop = nil
	}
}

// appended are the prepared events of the bare socket, by bytes of audio. They are copied
// and stamped for each send.
var appended struct {
	sync.RWMutex

	all map[int]*prepared
}

// prepared is an append of audio.
type prepared struct {
	event  []byte
	text   int // where the base64 of the audio begins
	copies sync.Pool
}

func prepare(size int) *prepared {
	appended.RLock()
	p := appended.all[size]
	appended.RUnlock()
	if p != nil {
		return p
	}
	appended.Lock()
	defer appended.Unlock()
	if p := appended.all[size]; p != nil {
		return p
	}
	event := []byte(`{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(frames.PCM(size)) + `"}`)
	p = &prepared{event: event, text: frames.AudioAt(event)}
	p.copies.New = func() any { return new(append([]byte(nil), event...)) }
	if appended.all == nil {
		appended.all = map[int]*prepared{}
	}
	appended.all[size] = p
	return p
}

// with calls f with an append whose audio has the stamp of the given audio.
func (p *prepared) with(audio []byte, f func(event []byte) error) error {
	buf, ok := p.copies.Get().(*[]byte)
	if !ok {
		return errors.New("contender: no buffer")
	}
	defer p.copies.Put(buf)
	frames.StampText((*buf)[p.text:], frames.Stamped(audio))
	return f(*buf)
}

func writeBare(ws *websocket.Conn, audio []byte) error {
	return prepare(len(audio)).with(audio, func(event []byte) error { return ws.WriteMessage(websocket.TextMessage, event) })
}
