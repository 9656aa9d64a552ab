package telephonytest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/plivo"
)

// farPlivo is Plivo.
type farPlivo struct {
	id       string
	sequence int
}

func (f *farPlivo) next() plivo.Number {
	f.sequence++
	return plivo.NumberInteger(f.sequence)
}

// encoding returns the name of the encoding of a format.
func (f *farPlivo) encoding(a audio.Format) string {
	if a == audio.ULaw {
		return "audio/x-mulaw"
	}
	return "audio/x-l16"
}

func (f *farPlivo) begin(c *scene) []message {
	f.id = c.streamID
	var pairs []string
	for name, value := range c.parameters {
		pairs = append(pairs, fmt.Sprintf("%s=%s", name, value))
	}
	m := &plivo.Start{SequenceNumber: f.next(), Start: plivo.StartDetails{
		CallID: &c.id, StreamID: &f.id, AccountID: new("MA0001"), Tracks: []string{"inbound"},
		MediaFormat: &plivo.MediaFormat{Encoding: plivo.MediaFormatEncoding(f.encoding(c.in)), SampleRate: c.in.Rate()},
	}}
	if len(pairs) > 0 {
		m.ExtraHeaders = plivo.ExtraHeadersString(strings.Join(pairs, ";"))
	}
	return []message{text(m)}
}

func (f *farPlivo) media(n, at int, sound []byte) message {
	return text(&plivo.Media{SequenceNumber: f.next(), StreamID: &f.id, Media: plivo.MediaDetails{
		Track: new("inbound"), Chunk: plivo.NumberInteger(n), Timestamp: plivo.NumberString(strconv.Itoa(at)), Payload: sound,
	}})
}

func (f *farPlivo) key(r rune) message {
	return text(&plivo.DTMF{SequenceNumber: f.next(), StreamID: &f.id, DTMF: plivo.Digit{Track: new("inbound"), Digit: string(r)}})
}

func (f *farPlivo) mark(name string) (message, bool) {
	return text(&plivo.PlayedStream{SequenceNumber: f.next(), StreamID: &f.id, Name: name}), true
}

func (f *farPlivo) stop() (message, bool) { return message{}, false }

func (f *farPlivo) receive(c *scene, m message) {
	command, err := plivo.DecodeCommand(m.data)
	if m.binary || err != nil || command.Validate() != nil {
		c.fault("a malformed message")
		return
	}
	switch x := command.(type) {
	case *plivo.PlayAudio:
		if string(x.Media.ContentType) != f.encoding(c.out) || x.Media.SampleRate != c.out.Rate() {
			c.fault("sound of another format than that of the stream")
			return
		}
		c.play(x.Media.Payload)
	case *plivo.Checkpoint:
		f.check(c, x.StreamID)
		c.ear.mark(c.now, x.Name)
	case *plivo.ClearAudio:
		f.check(c, x.StreamID)
		c.clear()
		c.reply(text(&plivo.ClearedAudio{SequenceNumber: f.next(), StreamID: &f.id}))
	case *plivo.SendDTMF:
		c.keyed(x.DTMF)
	default:
		c.fault("a message that the carrier does not know")
	}
}

func (f *farPlivo) check(c *scene, id string) {
	if id != f.id {
		c.fault("a message for the stream %q", id)
	}
}
