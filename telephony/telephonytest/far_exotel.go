package telephonytest

import (
	"strconv"

	"github.com/voicelane/realtime-go/gen/exotel"
)

// farExotel is Exotel. With camel set it spells members as the carrier's samples do.
type farExotel struct {
	camel    bool
	sid      string
	sequence int
}

func (f *farExotel) next() exotel.Number {
	f.sequence++
	return exotel.NumberString(strconv.Itoa(f.sequence))
}

// ids returns the stream's id in the spelling of the stream.
func (f *farExotel) ids() (snake, camel *string) {
	if f.camel {
		return nil, &f.sid
	}
	return &f.sid, nil
}

func (f *farExotel) begin(c *scene) []message {
	f.sid = c.streamID
	rate, bits := exotel.NumberString(strconv.Itoa(c.in.Rate())), exotel.NumberString("16")
	m := &exotel.Start{SequenceNumber: f.next()}
	m.StreamSid, m.CamelStreamSid = f.ids()
	d := &m.Start
	d.From, d.To = &c.from, &c.to
	d.StreamSid, d.CamelStreamSid = f.ids()
	if f.camel {
		d.CamelCallSid, d.CamelCustomParameters = &c.id, c.parameters
		d.CamelMediaFormat = &exotel.MediaFormat{Encoding: new("audio/x-raw"), CamelSampleRate: rate, CamelBitRate: bits}
	} else {
		d.CallSid, d.CustomParameters = &c.id, c.parameters
		d.MediaFormat = &exotel.MediaFormat{Encoding: new("audio/x-raw"), SampleRate: rate, BitRate: bits}
	}
	return []message{text(&exotel.Connected{}), text(m)}
}

func (f *farExotel) media(n, at int, sound []byte) message {
	m := &exotel.Media{SequenceNumber: f.next(), Media: exotel.MediaDetails{
		Chunk: exotel.NumberString(strconv.Itoa(n)), Timestamp: exotel.NumberString(strconv.Itoa(at)), Payload: sound,
	}}
	m.StreamSid, m.CamelStreamSid = f.ids()
	return text(m)
}

func (f *farExotel) key(r rune) message {
	m := &exotel.DTMF{SequenceNumber: f.next(), DTMF: exotel.Digit{Digit: string(r), Duration: exotel.NumberString("100")}}
	m.StreamSid, m.CamelStreamSid = f.ids()
	return text(m)
}

func (f *farExotel) mark(name string) (message, bool) {
	m := &exotel.Mark{SequenceNumber: f.next(), Mark: exotel.MarkDetails{Name: name}}
	m.StreamSid, m.CamelStreamSid = f.ids()
	return text(m), true
}

func (f *farExotel) stop() (message, bool) {
	m := &exotel.Stop{SequenceNumber: f.next(), Stop: &exotel.StopDetails{Reason: new("callended")}}
	m.StreamSid, m.CamelStreamSid = f.ids()
	return text(m), true
}

func (f *farExotel) receive(c *scene, m message) {
	command, err := exotel.DecodeCommand(m.data)
	if m.binary || err != nil {
		c.fault("a message that is not JSON")
		return
	}
	switch x := command.(type) {
	case *exotel.SendMedia:
		n := len(x.Media.Payload)
		switch {
		case n%320 != 0:
			c.fault("%d bytes of sound are not a multiple of 320", n)
		case n < 3200 || n > 100_000:
			c.fault("%d bytes of sound are not 3,200 to 100,000", n)
		case c.ear.queued(c.now) > maxExotel:
			c.fault("sound comes much faster than it is heard")
		}
		f.check(c, x.StreamSid, x.CamelStreamSid)
		c.play(x.Media.Payload)
	case *exotel.SendMark:
		f.check(c, x.StreamSid, x.CamelStreamSid)
		c.ear.mark(c.now, x.Mark.Name)
	case *exotel.Clear:
		f.check(c, x.StreamSid, x.CamelStreamSid)
		c.clear()
	default:
		c.fault("a message that the carrier does not know")
	}
}

// maxExotel is the most sound that a program should send ahead.
const maxExotel = 1_500_000_000 // nanoseconds

// check judges both spellings of an id.
func (f *farExotel) check(c *scene, snake, camel string) {
	if snake != f.sid || camel != f.sid {
		c.fault("a message for the streams %q and %q", snake, camel)
	}
}
