// Package media reads the messages of media streams that come 50 times a second, those
// with audio, into memory that is used again. It reads the shape that carriers share:
// an object media with payload, chunk, timestamp and track. The generated packages read
// everything else, and a test compares both.
package media

import (
	"math"

	"github.com/voicelane/realtime-go/wire"
)

// Frame is a message with audio.
type Frame struct {
	Payload []byte
	// Chunk counts the pieces, and Time is in milliseconds; -1 if absent or unreadable.
	Chunk, Time int64
	// Outbound is set for a piece of the track outbound: what was sent to the carrier.
	Outbound bool
}

// Parse reads data into f, whose payload's memory it uses again. ours is false for another
// message, which is left to the generated decoder. ok is false if the message is malformed,
// or of another stream: members may hold the stream's id.
func Parse(data []byte, stream string, f *Frame, members ...string) (ours, ok bool) {
	d := wire.NewDecoder(data)
	if string(d.Peek("event")) != "media" {
		return false, false
	}
	f.Chunk, f.Time, f.Outbound = -1, -1, false
	same := true
	for _, member := range members {
		id := d.Peek(member)
		same = same && (id == nil || string(id) == stream)
	}
	found := false
	o := wire.Object{}
	var extra wire.Extra
	for name := d.Next(&o, &extra); name != nil; name = d.Next(&o, &extra) {
		o.Field = 1 // Nothing is kept.
		if string(name) != "media" {
			d.Skip()
			continue
		}
		f.parse(&d)
		found = len(f.Payload) > 0
	}
	return true, found && same && d.End() == nil
}

// parse reads the object media.
func (f *Frame) parse(d *wire.Decoder) {
	f.Chunk, f.Time = number(d, "chunk"), number(d, "timestamp")
	f.Outbound = string(d.Peek("track")) == "outbound"
	payload := f.Payload
	f.Payload = payload[:0]
	o := wire.Object{}
	var extra wire.Extra
	for name := d.Next(&o, &extra); name != nil; name = d.Next(&o, &extra) {
		o.Field = 1
		if string(name) == "payload" {
			if p := d.Base64(payload[:0]); p != nil {
				f.Payload = p
			}
			continue
		}
		d.Skip()
	}
}

// number returns a member that is a number or its digits, or -1.
func number(d *wire.Decoder, name string) int64 {
	text := d.Peek(name)
	if text == nil {
		text = d.FindLiteral(name, false)
	}
	if len(text) == 0 {
		return -1
	}
	n := int64(0)
	for _, c := range text {
		if c < '0' || c > '9' || n > math.MaxInt64/10-9 {
			return -1
		}
		n = 10*n + int64(c-'0')
	}
	return n
}
