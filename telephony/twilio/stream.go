package twilio

import (
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/twilio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/telephony/internal/media"
	"github.com/voicelane/realtime-go/telephony/internal/ticket"
	"github.com/voicelane/realtime-go/telephony/internal/wsock"
	"github.com/voicelane/realtime-go/voice"
	"github.com/voicelane/realtime-go/wire"
)

// ahead is the most sound that Twilio and SignalWire are given beyond what was heard. They
// take ten minutes.
const ahead = time.Minute

// protocol is the stream of Twilio and SignalWire.
type protocol struct {
	dialect Dialect
	sid     string
	frame   media.Frame
	media   twilio.SendMedia
	mark    twilio.SendMark
	clear   twilio.Clear
	keys    twilio.SendDTMF
}

// opener opens streams of Twilio and SignalWire.
type opener struct {
	dialect Dialect
	tickets *ticket.Signer
	control func(call string) line.Control
}

// take begins a stream with its start.
func (o *opener) take(data []byte) (*host.Opening, error) {
	event, err := twilio.DecodeEvent(data)
	if err != nil {
		return nil, nil //nolint:nilerr // A malformed message is skipped.
	}
	if start, ok := event.(*twilio.Start); ok {
		return o.begin(start)
	}
	return nil, nil
}

// begin checks the start of a stream.
func (o *opener) begin(start *twilio.Start) (*host.Opening, error) {
	d := &start.Start
	if d.MediaFormat == nil {
		return nil, telephony.ErrNoStart
	}
	f, ok := format(string(d.MediaFormat.Encoding), d.MediaFormat.SampleRate)
	sid := wire.Deref(start.StreamSid)
	if sid == "" {
		sid = wire.Deref(d.StreamSid)
	}
	if !ok || sid == "" || d.MediaFormat.Channels > 1 {
		return nil, fmt.Errorf("%w: its format cannot be used", telephony.ErrNoStart)
	}
	call := wire.Deref(d.CallSid)
	given := d.CustomParameters
	if !o.tickets.Check(given[tokenParameter], call, time.Now()) {
		return nil, telephony.ErrUnproven
	}
	info := voice.Info{
		Carrier: o.dialect.String(), CallID: call, StreamID: sid,
		From: given[fromParameter], To: given[toParameter], Parameters: maps.Clone(given),
	}
	maps.DeleteFunc(info.Parameters, func(name, _ string) bool { return strings.HasPrefix(name, ownPrefix) })
	p := &protocol{dialect: o.dialect, sid: sid}
	p.media.StreamSid, p.mark.StreamSid, p.clear.StreamSid, p.keys.StreamSid = sid, sid, sid, sid
	return &host.Opening{Protocol: p, Settings: line.Settings{
		In: f, Out: f, Info: info, Control: o.control(call), Frame: line.FrameTime, Ahead: ahead,
	}}, nil
}

// Receive passes a message on.
func (p *protocol) Receive(l *line.Line, binary bool, data []byte) error {
	if binary {
		l.Odd()
		return nil
	}
	if ours, ok := media.Parse(data, p.sid, &p.frame, "streamSid"); ours {
		switch {
		case !ok:
			l.Odd()
		case !p.frame.Outbound:
			l.Media(p.frame.Chunk, p.frame.Time, p.frame.Payload)
		}
		return nil
	}
	if name, ok := media.Mark(data, "mark", "mark", p.sid, "streamSid"); ok {
		l.MarkReturned(string(name))
		return nil
	}
	event, err := twilio.DecodeEvent(data)
	if err != nil {
		l.Odd()
		return nil //nolint:nilerr // A malformed message is skipped.
	}
	return p.event(l, event)
}

// event handles all messages but media.
func (p *protocol) event(l *line.Line, event twilio.Event) error {
	switch e := event.(type) {
	case *twilio.Mark:
		if p.other(e.StreamSid) {
			break
		}
		l.MarkReturned(e.Mark.Name)
		return nil
	case *twilio.DTMF:
		if p.other(e.StreamSid) {
			break
		}
		for _, r := range e.DTMF.Digit {
			l.Key(r, time.Duration(wire.Deref(e.DTMF.Duration))*time.Millisecond, time.Time{})
		}
		return nil
	case *twilio.Stop:
		if p.other(e.StreamSid) {
			break
		}
		return io.EOF
	default:
	}
	l.Odd()
	return nil
}

// other reports whether a message names another stream.
func (p *protocol) other(sid *string) bool { return sid != nil && *sid != p.sid }

// AppendAudio appends a frame.
func (p *protocol) AppendAudio(dst, frame []byte) []byte {
	p.media.Media.Payload = frame
	return wsock.AppendText(dst, &p.media)
}

// AppendMark appends a mark.
func (p *protocol) AppendMark(dst []byte, name string) []byte {
	p.mark.Mark.Name = name
	return wsock.AppendText(dst, &p.mark)
}

// AppendClear appends a clear.
func (p *protocol) AppendClear(dst []byte) []byte { return wsock.AppendText(dst, &p.clear) }

// AppendKeys appends a message for each digit, on SignalWire.
func (p *protocol) AppendKeys(dst []byte, digits string) []byte {
	if p.dialect != SignalWire {
		return dst
	}
	for _, r := range digits {
		p.keys.DTMF.Digit = string(r)
		dst = wsock.AppendText(dst, &p.keys)
	}
	return dst
}
