package telephonytest

import (
	"strconv"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/twilio"
)

// farTwilio is Twilio, or SignalWire.
type farTwilio struct {
	other    bool // SignalWire
	sid      string
	sequence int
}

// next returns the number of the next message.
func (f *farTwilio) next() *string {
	f.sequence++
	return new(strconv.Itoa(f.sequence))
}

func (f *farTwilio) begin(c *scene) []message {
	f.sid = c.streamID
	version := "1.0.0"
	if f.other {
		version = "0.2.0"
	}
	encoding := twilio.MediaFormatEncoding("audio/x-mulaw")
	if c.in != audio.ULaw {
		encoding = "audio/x-L16"
	}
	start := twilio.StartDetails{
		AccountSid: new("AC0001"), CallSid: &c.id, StreamSid: &f.sid, Tracks: []string{"inbound"},
		CustomParameters: c.parameters,
		MediaFormat:      &twilio.MediaFormat{Encoding: encoding, SampleRate: c.in.Rate(), Channels: 1},
	}
	if f.other && len(c.parameters) == 0 {
		start.CustomParameters = nil
	}
	return []message{
		text(&twilio.Connected{Protocol: new("Call"), Version: &version}),
		text(&twilio.Start{SequenceNumber: f.next(), StreamSid: &f.sid, Start: start}),
	}
}

func (f *farTwilio) media(n, at int, sound []byte) message {
	m := &twilio.Media{SequenceNumber: f.next(), StreamSid: &f.sid, Media: twilio.MediaDetails{
		Track: new("inbound"), Chunk: new(strconv.Itoa(n)), Timestamp: new(strconv.Itoa(at)), Payload: sound,
	}}
	if f.other {
		m.StreamSid = nil
	}
	return text(m)
}

func (f *farTwilio) key(r rune) message {
	m := &twilio.DTMF{SequenceNumber: f.next(), StreamSid: &f.sid, DTMF: twilio.Digit{Digit: string(r)}}
	if f.other {
		m.DTMF.Duration = new(200)
	} else {
		m.DTMF.Track = new("inbound_track")
	}
	return text(m)
}

func (f *farTwilio) mark(name string) (message, bool) {
	return text(&twilio.Mark{SequenceNumber: f.next(), StreamSid: &f.sid, Mark: twilio.MarkDetails{Name: name}}), true
}

func (f *farTwilio) stop() (message, bool) {
	m := &twilio.Stop{SequenceNumber: f.next(), StreamSid: &f.sid, Stop: &twilio.StopDetails{AccountSid: new("AC0001")}}
	if f.other {
		m.StreamSid, m.Stop = nil, nil
	}
	return text(m), true
}

func (f *farTwilio) receive(c *scene, m message) {
	if m.binary {
		c.fault("31950: a binary frame")
		return
	}
	command, err := twilio.DecodeCommand(m.data)
	if err != nil {
		c.fault("31950: a message that is not JSON")
		return
	}
	if err := command.Validate(); err != nil {
		c.fault("a malformed message: %v", err)
		return
	}
	if sid := twilio.CommandStreamSid(command); sid != f.sid {
		c.fault("a message for the stream %q", sid)
		return
	}
	switch x := command.(type) {
	case *twilio.SendMedia:
		c.play(x.Media.Payload)
	case *twilio.SendMark:
		c.ear.mark(c.now, x.Mark.Name)
	case *twilio.Clear:
		c.clear()
	case *twilio.SendDTMF:
		if !f.other {
			c.fault("31924: a message that the carrier does not know")
			return
		}
		c.keyed(x.DTMF.Digit)
	default:
		c.fault("31924: a message that the carrier does not know")
	}
}
