package telephonytest

import (
	"strconv"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/telnyx"
)

// farTelnyx is Telnyx.
type farTelnyx struct {
	id       string
	sequence int
}

func (f *farTelnyx) next() *string {
	f.sequence++
	return new(strconv.Itoa(f.sequence))
}

func (f *farTelnyx) begin(c *scene) []message {
	f.id = c.streamID
	encoding := telnyx.MediaFormatEncoding("L16")
	switch c.in {
	case audio.ULaw:
		encoding = "PCMU"
	case audio.ALaw:
		encoding = "PCMA"
	default:
	}
	return []message{
		text(&telnyx.Connected{Version: new("1.0.0")}),
		text(&telnyx.Start{SequenceNumber: f.next(), StreamID: &f.id, Start: telnyx.StartDetails{
			CallControlID: &c.id, From: &c.from, To: &c.to, CustomParameters: c.parameters,
			MediaFormat: &telnyx.MediaFormat{Encoding: encoding, SampleRate: c.in.Rate(), Channels: new(1)},
		}}),
	}
}

func (f *farTelnyx) media(n, at int, sound []byte) message {
	return text(&telnyx.Media{SequenceNumber: f.next(), StreamID: &f.id, Media: telnyx.MediaDetails{
		Track: new(telnyx.MediaDetailsTrack("inbound")), Chunk: new(strconv.Itoa(n)), Timestamp: new(strconv.Itoa(at)), Payload: sound,
	}})
}

func (f *farTelnyx) key(r rune) message {
	at := time.Now().UTC().Format(time.RFC3339Nano)
	return text(&telnyx.DTMF{SequenceNumber: f.next(), StreamID: &f.id, OccurredAt: &at, DTMF: telnyx.Digit{Digit: string(r)}})
}

func (f *farTelnyx) mark(name string) (message, bool) {
	return text(&telnyx.Mark{SequenceNumber: f.next(), StreamID: &f.id, Mark: telnyx.MarkDetails{Name: name}}), true
}

func (f *farTelnyx) stop() (message, bool) {
	return text(&telnyx.Stop{SequenceNumber: f.next(), StreamID: &f.id, Stop: &telnyx.StopDetails{}}), true
}

func (f *farTelnyx) receive(c *scene, m message) {
	command, err := telnyx.DecodeCommand(m.data)
	if m.binary || err != nil || command.Validate() != nil {
		f.refuse(c, 100003, "malformed_frame")
		return
	}
	switch x := command.(type) {
	case *telnyx.SendMedia:
		d := c.out.Duration(len(x.Media.Payload))
		if d < 20*time.Millisecond || d > 30*time.Second {
			f.refuse(c, 100004, "invalid_media")
			return
		}
		c.play(x.Media.Payload)
	case *telnyx.SendMark:
		c.ear.mark(c.now, x.Mark.Name)
	case *telnyx.Clear:
		c.clear()
	default:
		f.refuse(c, 100003, "malformed_frame")
	}
}

// refuse sends an error event. The stream goes on.
func (f *farTelnyx) refuse(c *scene, code int, title string) {
	c.fault("%d: %s", code, title)
	c.reply(text(&telnyx.ErrorEvent{StreamID: &f.id, Payload: telnyx.ErrorDetails{Code: &code, Title: &title}}))
}
