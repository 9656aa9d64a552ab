package telnyx

import (
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/gen/telnyx"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/telephony/internal/media"
	"github.com/voicelane/realtime-go/telephony/internal/wsock"
	"github.com/voicelane/realtime-go/voice"
	"github.com/voicelane/realtime-go/wire"
)

// ahead is the most sound that the carrier is given beyond what was heard.
const ahead = time.Minute

// protocol is the stream of a call.
type protocol struct {
	id    string
	swap  bool // samples have the other byte order
	frame media.Frame
	media telnyx.SendMedia
	mark  telnyx.SendMark
	clear telnyx.Clear
	sound []byte
}

// opener opens streams.
type opener struct {
	c       *Config
	in      *telephony.Incoming // of the address
	control func(call string) line.Control
}

// take begins a stream with its start.
func (o *opener) take(data []byte) (*host.Opening, error) {
	event, err := telnyx.DecodeEvent(data)
	if err != nil {
		return nil, nil //nolint:nilerr // A malformed message is skipped.
	}
	start, ok := event.(*telnyx.Start)
	if !ok {
		return nil, nil
	}
	d := &start.Start
	id := wire.Deref(start.StreamID)
	if d.MediaFormat == nil || id == "" || wire.Deref(d.MediaFormat.Channels) > 1 {
		return nil, telephony.ErrNoStart
	}
	in := format(Codec(d.MediaFormat.Encoding), d.MediaFormat.SampleRate)
	if !in.Valid() {
		return nil, fmt.Errorf("%w: the caller's codec %.16q cannot be used", telephony.ErrNoStart, d.MediaFormat.Encoding)
	}
	call := wire.Deref(d.CallControlID)
	if call == "" {
		call = o.in.CallID
	}
	return &host.Opening{
		Protocol: &protocol{id: id, swap: o.c.BigEndian && o.c.Codec == L16},
		Settings: line.Settings{
			In: in, Out: format(o.c.Codec, o.c.SampleRate), Control: o.control(call), Frame: line.FrameTime, Ahead: ahead, Reorder: true,
			Info: voice.Info{Carrier: o.in.Carrier, CallID: call, StreamID: id, From: o.in.From, To: o.in.To, Parameters: d.CustomParameters},
		},
	}, nil
}

// Receive passes a message on.
func (p *protocol) Receive(l *line.Line, binary bool, data []byte) error {
	if binary {
		l.Odd()
		return nil
	}
	if ours, ok := media.Parse(data, p.id, &p.frame, "stream_id"); ours {
		switch {
		case !ok:
			l.Odd()
		case !p.frame.Outbound:
			l.Media(p.frame.Chunk, p.frame.Time, p.order(p.frame.Payload))
		}
		return nil
	}
	if name, ok := media.Mark(data, "mark", "mark", p.id, "stream_id"); ok {
		l.MarkReturned(string(name))
		return nil
	}
	event, err := telnyx.DecodeEvent(data)
	if err != nil {
		l.Odd()
		return nil //nolint:nilerr // A malformed message is skipped.
	}
	return p.event(l, event)
}

// event handles all messages but media.
func (p *protocol) event(l *line.Line, event telnyx.Event) error {
	switch e := event.(type) {
	case *telnyx.Mark:
		if p.other(e.StreamID) {
			break
		}
		l.MarkReturned(e.Mark.Name)
		return nil
	case *telnyx.DTMF:
		if p.other(e.StreamID) {
			break
		}
		at, _ := time.Parse(time.RFC3339Nano, wire.Deref(e.OccurredAt)) // Zero if it cannot be read.
		for _, r := range e.DTMF.Digit {
			l.Key(r, 0, at)
		}
		return nil
	case *telnyx.ErrorEvent:
		l.Refused()
		return nil
	case *telnyx.Stop:
		if p.other(e.StreamID) {
			break
		}
		return io.EOF
	default:
	}
	l.Odd()
	return nil
}

// other reports whether a message names another stream.
func (p *protocol) other(id *string) bool { return id != nil && *id != p.id }

// order swaps the bytes of samples in place, if the stream has the other order.
func (p *protocol) order(sound []byte) []byte {
	if p.swap {
		for i := 0; i+1 < len(sound); i += 2 {
			sound[i], sound[i+1] = sound[i+1], sound[i]
		}
	}
	return sound
}

// AppendAudio appends a frame.
func (p *protocol) AppendAudio(dst, frame []byte) []byte {
	p.sound = append(p.sound[:0], frame...)
	p.media.Media.Payload = p.order(p.sound)
	return wsock.AppendText(dst, &p.media)
}

// AppendMark appends a mark.
func (p *protocol) AppendMark(dst []byte, name string) []byte {
	p.mark.Mark.Name = name
	return wsock.AppendText(dst, &p.mark)
}

// AppendClear appends a clear.
func (p *protocol) AppendClear(dst []byte) []byte { return wsock.AppendText(dst, &p.clear) }

// AppendKeys returns dst: digits go by the REST API.
func (p *protocol) AppendKeys(dst []byte, _ string) []byte { return dst }
