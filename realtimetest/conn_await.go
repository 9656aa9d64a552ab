package realtimetest

import (
	"context"

	"github.com/voicelane/realtime-go/gen/api"
)

// Await returns the first event of type E, past or future, that the client sends
// and for which each match returns true:
//
//	update, err := realtimetest.Await[*api.SessionUpdate](ctx, conn)
//
// [ErrEnded] is returned when the connection ends without one.
func Await[E api.ClientEvent](ctx context.Context, c *Conn, match ...func(E) bool) (E, error) {
	var found E
	_, err := c.WaitFor(ctx, func(e Entry) bool {
		var ok bool
		found, ok = received[E](e)
		for _, m := range match {
			ok = ok && m(found)
		}
		return ok
	})
	if err != nil {
		return *new(E), err
	}
	return found, nil
}

// AllReceived returns all events of type E that the client has sent so far.
func AllReceived[E api.ClientEvent](c *Conn) []E {
	var all []E
	for _, entry := range c.Log() {
		if e, ok := received[E](entry); ok {
			all = append(all, e)
		}
	}
	return all
}

// AllSent returns all events of type E that the server has sent so far.
func AllSent[E api.ServerEvent](c *Conn) []E {
	var all []E
	for _, entry := range c.Log() {
		if entry.Direction != Sent {
			continue
		}
		if e, err := entry.ServerEvent(); err == nil {
			if e, ok := e.(E); ok {
				all = append(all, e)
			}
		}
	}
	return all
}

func received[E api.ClientEvent](entry Entry) (E, bool) {
	if entry.Direction == Received {
		if e, err := entry.ClientEvent(); err == nil {
			e, ok := e.(E)
			return e, ok
		}
	}
	return *new(E), false
}

// AudioReceived returns the audio that the client has appended so far, in the
// session's input format.
func (c *Conn) AudioReceived() []byte {
	var sound []byte
	for _, e := range AllReceived[*api.InputAudioBufferAppend](c) {
		sound = append(sound, e.Audio...)
	}
	return sound
}

// AudioSent returns the audio that the server has sent so far, in the session's
// output format.
func (c *Conn) AudioSent() []byte {
	var sound []byte
	for _, e := range AllSent[*api.ResponseOutputAudioDelta](c) {
		sound = append(sound, e.Delta...)
	}
	return sound
}
