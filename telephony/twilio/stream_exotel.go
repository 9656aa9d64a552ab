package twilio

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/exotel"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/telephony/internal/media"
	"github.com/voicelane/realtime-go/telephony/internal/wsock"
	"github.com/voicelane/realtime-go/voice"
	"github.com/voicelane/realtime-go/wire"
)

// exotelAhead is the most sound that Exotel is given beyond what was heard: more at a time
// has ended calls.
const exotelAhead = 500 * time.Millisecond

// exotelFrames are the shortest frames that the carrier plays without gaps: 3,200 bytes, in
// multiples of 320.
var exotelFrames = map[audio.Format]time.Duration{
	audio.PCM8k: 200 * time.Millisecond, audio.PCM16k: 100 * time.Millisecond, audio.PCM24k: 80 * time.Millisecond,
}

// exotelProtocol is the stream of Exotel. Members travel in two spellings: the documents'
// and the samples'.
type exotelProtocol struct {
	sid    string
	format audio.Format
	frame  media.Frame
	media  exotel.SendMedia
	mark   exotel.SendMark
	clear  exotel.Clear
	chunk  int
	sent   int // bytes
	at     int // milliseconds
}

// exotelOpener opens streams of Exotel.
type exotelOpener struct{ rate int } // if the start has none

// take begins a stream with its start.
func (o *exotelOpener) take(data []byte) (*host.Opening, error) {
	event, err := exotel.DecodeEvent(data)
	if err != nil {
		return nil, nil //nolint:nilerr // A malformed message is skipped.
	}
	if start, ok := event.(*exotel.Start); ok {
		return o.begin(start)
	}
	return nil, nil
}

func (o *exotelOpener) begin(start *exotel.Start) (*host.Opening, error) {
	d := &start.Start
	sid := first(start.StreamSid, start.CamelStreamSid, d.StreamSid, d.CamelStreamSid)
	rate := o.rate
	for _, f := range []*exotel.MediaFormat{d.MediaFormat, d.CamelMediaFormat} {
		if f != nil {
			rate = int(cmp.Or(number(f.SampleRate), number(f.CamelSampleRate), int64(rate)))
		}
	}
	f := audio.PCM(rate)
	if sid == "" || exotelFrames[f] == 0 {
		return nil, fmt.Errorf("%w: its format cannot be used", telephony.ErrNoStart)
	}
	info := voice.Info{
		Carrier: Exotel.String(), CallID: first(d.CallSid, d.CamelCallSid), StreamID: sid,
		From: wire.Deref(d.From), To: wire.Deref(d.To), Parameters: d.CustomParameters,
	}
	if info.Parameters == nil {
		info.Parameters = d.CamelCustomParameters
	}
	p := &exotelProtocol{sid: sid, format: f}
	return &host.Opening{Protocol: p, Settings: line.Settings{
		In: f, Out: f, Info: info, Frame: exotelFrames[f], Ahead: exotelAhead,
	}}, nil
}

// first returns the first text that is there.
func first(texts ...*string) string {
	for _, t := range texts {
		if wire.Deref(t) != "" {
			return *t
		}
	}
	return ""
}

// number returns a number in either form, 0 if it is none.
func number(n exotel.Number) int64 {
	switch n := n.(type) {
	case exotel.NumberInteger:
		return int64(n)
	case exotel.NumberString:
		v, _ := strconv.ParseInt(string(n), 10, 64) // 0 for others.
		return v
	default:
		return 0
	}
}

// Receive passes a message on.
func (p *exotelProtocol) Receive(l *line.Line, binary bool, data []byte) error {
	if binary {
		l.Odd()
		return nil
	}
	if ours, ok := media.Parse(data, p.sid, &p.frame, "stream_sid", "streamSid"); ours {
		if !ok {
			l.Odd()
			return nil
		}
		l.Media(p.frame.Chunk, p.frame.Time, p.frame.Payload)
		return nil
	}
	if name, ok := media.Mark(data, "mark", "mark", p.sid, "stream_sid", "streamSid"); ok {
		l.MarkReturned(string(name))
		return nil
	}
	event, err := exotel.DecodeEvent(data)
	if err != nil {
		l.Odd()
		return nil //nolint:nilerr // A malformed message is skipped.
	}
	return p.event(l, event)
}

// event handles all messages but media.
func (p *exotelProtocol) event(l *line.Line, event exotel.Event) error {
	switch e := event.(type) {
	case *exotel.Mark:
		if p.other(e.StreamSid, e.CamelStreamSid) {
			break
		}
		l.MarkReturned(e.Mark.Name)
		return nil
	case *exotel.DTMF:
		if p.other(e.StreamSid, e.CamelStreamSid) {
			break
		}
		for _, r := range e.DTMF.Digit {
			l.Key(r, time.Duration(number(e.DTMF.Duration))*time.Millisecond, time.Time{})
		}
		return nil
	case *exotel.Stop:
		if p.other(e.StreamSid, e.CamelStreamSid) {
			break
		}
		return io.EOF
	default:
	}
	l.Odd()
	return nil
}

// other reports whether a message names another stream.
func (p *exotelProtocol) other(ids ...*string) bool {
	id := first(ids...)
	return id != "" && id != p.sid
}

// AppendAudio appends a frame.
func (p *exotelProtocol) AppendAudio(dst, frame []byte) []byte {
	p.chunk++
	p.media.StreamSid, p.media.CamelStreamSid = p.sid, p.sid
	p.media.Media.Payload = frame
	p.media.Media.Chunk = &p.chunk
	p.at = int(p.format.Duration(p.sent).Milliseconds())
	p.media.Media.Timestamp = &p.at
	p.sent += len(frame)
	return wsock.AppendText(dst, &p.media)
}

// AppendMark appends a mark.
func (p *exotelProtocol) AppendMark(dst []byte, name string) []byte {
	p.mark.StreamSid, p.mark.CamelStreamSid, p.mark.Mark.Name = p.sid, p.sid, name
	return wsock.AppendText(dst, &p.mark)
}

// AppendClear appends a clear.
func (p *exotelProtocol) AppendClear(dst []byte) []byte {
	p.clear.StreamSid, p.clear.CamelStreamSid = p.sid, p.sid
	return wsock.AppendText(dst, &p.clear)
}

// AppendKeys returns dst: the carrier takes no digits.
func (p *exotelProtocol) AppendKeys(dst []byte, _ string) []byte { return dst }
