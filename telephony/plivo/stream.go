package plivo

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/plivo"
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
	id         string
	frame      media.Frame
	play       plivo.PlayAudio
	checkpoint plivo.Checkpoint
	clear      plivo.ClearAudio
	keys       plivo.SendDTMF
}

// opener opens streams.
type opener struct {
	c       *Config
	in      *telephony.Incoming // of the address
	control func(call string) line.Control
}

// take begins a stream with its start.
func (o *opener) take(data []byte) (*host.Opening, error) {
	event, err := plivo.DecodeEvent(data)
	if err != nil {
		return nil, nil //nolint:nilerr // A malformed message is skipped.
	}
	start, ok := event.(*plivo.Start)
	if !ok {
		return nil, nil
	}
	d := &start.Start
	id := wire.Deref(d.StreamID)
	call := cmp.Or(wire.Deref(d.CallID), o.in.CallID)
	if id == "" || call != o.in.CallID {
		return nil, fmt.Errorf("%w: it is that of another call", telephony.ErrNoStart)
	}
	f := o.c.Format
	if m := d.MediaFormat; m != nil && (contentTypes[f] != string(m.Encoding) || f.Rate() != m.SampleRate) {
		return nil, fmt.Errorf("%w: its format is not that of the configuration", telephony.ErrNoStart)
	}
	return &host.Opening{Protocol: newProtocol(id, f), Settings: line.Settings{
		In: f, Out: f, Control: o.control(call), Frame: line.FrameTime, Ahead: ahead,
		Info: voice.Info{
			Carrier: o.in.Carrier, CallID: call, StreamID: id, From: o.in.From, To: o.in.To, Parameters: parameters(start.ExtraHeaders),
		},
	}}, nil
}

func newProtocol(id string, f audio.Format) *protocol {
	p := &protocol{id: id}
	p.play.StreamID, p.checkpoint.StreamID, p.clear.StreamID = &p.id, id, id
	p.play.Media.ContentType, p.play.Media.SampleRate = plivo.AudioContentType(contentTypes[f]), f.Rate()
	return p
}

// parameters reads the parameters of a stream in any of their forms.
func parameters(h plivo.ExtraHeaders) map[string]string {
	switch h := h.(type) {
	case plivo.ExtraHeadersObject:
		return maps.Clone(map[string]string(h))
	case plivo.ExtraHeadersString:
		all := map[string]string{}
		for _, pair := range strings.FieldsFunc(string(h), func(r rune) bool { return r == ',' || r == ';' }) {
			if name, value, ok := strings.Cut(pair, "="); ok {
				all[strings.TrimSpace(name)] = strings.TrimSpace(value)
			}
		}
		return all
	default:
		return nil
	}
}

// Receive passes a message on.
func (p *protocol) Receive(l *line.Line, binary bool, data []byte) error {
	if binary {
		l.Odd()
		return nil
	}
	if ours, ok := media.Parse(data, p.id, &p.frame, "streamId"); ours {
		switch {
		case !ok:
			l.Odd()
		case !p.frame.Outbound:
			l.Media(p.frame.Chunk, p.frame.Time, p.frame.Payload)
		}
		return nil
	}
	if name, ok := media.Mark(data, "playedStream", "", p.id, "streamId"); ok {
		l.MarkReturned(string(name))
		return nil
	}
	event, err := plivo.DecodeEvent(data)
	if err != nil {
		l.Odd()
		return nil //nolint:nilerr // A malformed message is skipped.
	}
	return p.event(l, event)
}

// event handles all messages but media.
func (p *protocol) event(l *line.Line, event plivo.Event) error {
	switch e := event.(type) {
	case *plivo.PlayedStream:
		if p.other(e.StreamID) {
			break
		}
		l.MarkReturned(e.Name)
		return nil
	case *plivo.DTMF:
		if p.other(e.StreamID) {
			break
		}
		for _, r := range e.DTMF.Digit {
			l.Key(r, 0, time.Time{})
		}
		return nil
	case *plivo.ClearedAudio:
		return nil
	case *plivo.Stop:
		if p.other(e.StreamID) {
			break
		}
		return io.EOF
	case *plivo.UnknownEvent:
		return p.older(l, e)
	default:
	}
	l.Odd()
	return nil
}

// older handles messages that the carrier's documents do not have, and its samples do.
func (p *protocol) older(l *line.Line, e *plivo.UnknownEvent) error {
	var played plivo.PlayedStream
	switch e.EventType() {
	case "played": // Another name of playedStream.
		if played.UnmarshalJSON(e.Raw) == nil && !p.other(played.StreamID) {
			l.MarkReturned(played.Name)
			return nil
		}
	case "playFailed", "error":
		l.Refused()
		return nil
	}
	l.Odd()
	return nil
}

// other reports whether a message names another stream.
func (p *protocol) other(id *string) bool { return id != nil && *id != p.id }

// AppendAudio appends a frame.
func (p *protocol) AppendAudio(dst, frame []byte) []byte {
	p.play.Media.Payload = frame
	return wsock.AppendText(dst, &p.play)
}

// AppendMark appends a checkpoint.
func (p *protocol) AppendMark(dst []byte, name string) []byte {
	p.checkpoint.Name = name
	return wsock.AppendText(dst, &p.checkpoint)
}

// AppendClear appends a clear.
func (p *protocol) AppendClear(dst []byte) []byte { return wsock.AppendText(dst, &p.clear) }

// AppendKeys appends digits.
func (p *protocol) AppendKeys(dst []byte, digits string) []byte {
	p.keys.DTMF = digits
	return wsock.AppendText(dst, &p.keys)
}
