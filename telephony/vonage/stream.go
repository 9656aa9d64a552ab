package vonage

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/vonage"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/telephony/internal/media"
	"github.com/voicelane/realtime-go/telephony/internal/ticket"
	"github.com/voicelane/realtime-go/telephony/internal/wsock"
	"github.com/voicelane/realtime-go/voice"
	"github.com/voicelane/realtime-go/wire"
)

// ahead is the most sound that the carrier is given beyond what was heard: its buffer has
// held 20 s, and now holds a minute.
const ahead = 15 * time.Second

// protocol is the WebSocket of a call: sound in binary messages, the rest in text.
type protocol struct {
	clear  vonage.Clear
	notify vonage.Notify
	name   string // of the latest mark
}

// opener opens streams.
type opener struct {
	c       *Config
	tickets *ticket.Signer
	control func(call string) line.Control
}

// take begins a stream with its first message, which has the headers of the endpoint beside
// its own members.
func (o *opener) take(data []byte) (*host.Opening, error) {
	event, err := vonage.DecodeEvent(data)
	if err != nil {
		return nil, nil //nolint:nilerr // A malformed message is skipped.
	}
	e, ok := event.(*vonage.Connected)
	if !ok {
		return nil, nil
	}
	own, given := map[string]string{}, map[string]string{}
	for name, raw := range e.Extra.All() {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			continue
		}
		if strings.HasPrefix(name, ownPrefix) {
			own[name] = text
		} else {
			given[name] = text
		}
	}
	call := own[callHeader]
	if !o.tickets.Check(own[tokenHeader], call, time.Now()) {
		return nil, telephony.ErrUnproven
	}
	if wire.Deref(e.ContentType) != contentType(o.c.SampleRate) {
		return nil, fmt.Errorf("%w: its format is not that of the configuration", telephony.ErrNoStart)
	}
	f := audio.PCM(o.c.SampleRate)
	return &host.Opening{Protocol: &protocol{}, Settings: line.Settings{
		In: f, Out: f, Control: o.control(call), Frame: line.FrameTime, Ahead: ahead,
		Info: voice.Info{Carrier: "vonage", CallID: call, From: own[fromHeader], To: own[toHeader], Parameters: given},
	}}, nil
}

// Receive passes a message on.
func (p *protocol) Receive(l *line.Line, binary bool, data []byte) error {
	if binary {
		l.Media(-1, -1, data)
		return nil
	}
	if name, ok := media.Mark(data, "websocket:notify", "payload", ""); ok {
		l.MarkReturned(string(name))
		return nil
	}
	event, err := vonage.DecodeEvent(data)
	if err != nil {
		l.Odd()
		return nil //nolint:nilerr // A malformed message is skipped.
	}
	switch e := event.(type) {
	case *vonage.Notified:
		l.MarkReturned(wire.Deref(e.Payload.Name))
	case *vonage.DTMF:
		for _, r := range e.Digit {
			l.Key(r, time.Duration(wire.Deref(e.Duration))*time.Millisecond, time.Time{})
		}
	case *vonage.Cleared:
		// A clear counts from when it was sent.
	default:
		l.Odd()
	}
	return nil
}

// AppendAudio appends a frame.
func (p *protocol) AppendAudio(dst, frame []byte) []byte {
	at := len(dst)
	return wsock.Seal(append(wsock.Begin(dst), frame...), at, false)
}

// AppendMark appends a notification.
func (p *protocol) AppendMark(dst []byte, name string) []byte {
	p.name = name
	p.notify.Payload.Name = &p.name
	return wsock.AppendText(dst, &p.notify)
}

// AppendClear appends a clear.
func (p *protocol) AppendClear(dst []byte) []byte { return wsock.AppendText(dst, &p.clear) }

// AppendKeys returns dst: digits go by the REST API.
func (p *protocol) AppendKeys(dst []byte, _ string) []byte { return dst }
