package twilio

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/exotel"
	"github.com/voicelane/realtime-go/gen/twilio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/telephony/internal/media"
	"github.com/voicelane/realtime-go/telephony/internal/ticket"
)

// The messages of the carriers, with invented values.
var messages = []string{
	`{"event":"connected","protocol":"Call","version":"1.0.0"}`,
	`{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"a":"b"}},"streamSid":"MZ1"}`,
	`{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"20","payload":"//79"},"streamSid":"MZ1"}`,
	`{"event":"media","sequenceNumber":"3","media":{"chunk":2,"timestamp":40,"payload":"//79"}}`,
	`{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"5"}}`,
	`{"event":"dtmf","sequenceNumber":"9","streamSid":"MZ1","dtmf":{"digit":"A","duration":200}}`,
	`{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"rt1-1"}}`,
	`{"event":"stop","sequenceNumber":"99"}`,
	`{"event":"stop","sequenceNumber":"5","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}`,
	`{"event":"new","later":{"a":[1]}}`,
	`{"event":"media","stream_sid":"MZ1","sequence_number":"3","media":{"chunk":"2","timestamp":"100","payload":"AAAB"}}`,
	`{"event":"start","sequence_number":"1","stream_sid":"MZ1","start":{"stream_sid":"MZ1","call_sid":"c","media_format":{"encoding":"audio/x-raw","sample_rate":"8000","bit_rate":"16"}}}`,
	`{"event":"stop","streamSid":"MZ1","stop":{"reason":"callended"}}`,
}

// TestMessagesAreKept decodes and encodes messages without loss, unknown ones and members
// included.
func TestMessagesAreKept(t *testing.T) {
	t.Parallel()
	for _, text := range messages {
		text = strings.Replace(text, `{"event"`, `{"unheardOf":{"x":1},"event"`, 1)
		a, err := twilio.DecodeEvent([]byte(text))
		require.NoError(t, err)
		b, err := exotel.DecodeEvent([]byte(text))
		require.NoError(t, err)
		for _, e := range []json.Marshaler{a, b} {
			again, err := e.MarshalJSON()
			require.NoError(t, err)
			assert.JSONEq(t, text, string(again))
		}
	}
}

// silentConn is a connection that nothing comes over.
type silentConn struct{}

func (silentConn) Read() (binary bool, data []byte, err error) { return false, nil, io.EOF }
func (silentConn) Write([]byte) error                          { return nil }
func (silentConn) Close(uint16)                                {}

func newLine(f audio.Format, p line.Protocol) *line.Line {
	return line.New(silentConn{}, p, line.Settings{In: f, Out: f, Frame: line.FrameTime, Ahead: ahead})
}

// FuzzStream gives any text to both protocols: nothing panics, only a stop ends the line,
// a start opens a stream or is refused, and messages with audio are read as the generated
// packages read them.
func FuzzStream(f *testing.F) {
	for _, text := range messages {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range []line.Protocol{&protocol{sid: "MZ1"}, &exotelProtocol{sid: "MZ1", format: audio.PCM8k}} {
			l := newLine(audio.PCM8k, p)
			for range 2 {
				if err := p.Receive(l, false, data); err != nil && !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
			}
		}
		none := func(string) line.Control { return line.Control{} }
		if x, err := (&opener{Twilio, ticket.New(nil), none}).take(data); x != nil || err != nil && !errors.Is(err, telephony.ErrNoStart) && !errors.Is(err, telephony.ErrUnproven) {
			t.Fatal("a stream without the token of its call: ", err)
		}
		if x, err := (&exotelOpener{8000}).take(data); x != nil && err != nil || err != nil && !errors.Is(err, telephony.ErrNoStart) {
			t.Fatal(err)
		}
		compareMedia(t, data)
	})
}

// compareMedia holds that a message with audio is read as the generated packages read it.
func compareMedia(t *testing.T, data []byte) {
	t.Helper()
	var frame media.Frame
	if ours, ok := media.Parse(data, "MZ1", &frame, "streamSid"); ours && ok {
		e, err := twilio.DecodeEvent(data)
		if m, isMedia := e.(*twilio.Media); isMedia && err == nil && m.Media.Extra.Len() == 0 {
			assert.Equal(t, string(m.Media.Payload), string(frame.Payload))
		}
	}
	if ours, ok := media.Parse(data, "MZ1", &frame, "stream_sid", "streamSid"); ours && ok {
		e, err := exotel.DecodeEvent(data)
		if m, isMedia := e.(*exotel.Media); isMedia && err == nil && m.Media.Extra.Len() == 0 {
			assert.Equal(t, string(m.Media.Payload), string(frame.Payload))
		}
	}
}

// TestFramesAreNotAllocated holds that a frame costs no allocation in either direction.
func TestFramesAreNotAllocated(t *testing.T) {
	text := `{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"-","payload":"` + strings.Repeat("/", 213) + `w=="},"streamSid":"MZ1"}`
	for _, p := range []line.Protocol{&protocol{sid: "MZ1"}, &exotelProtocol{sid: "MZ1", format: audio.ULaw}} {
		l := newLine(audio.ULaw, p)
		data := []byte(text)
		receive := func() {
			if p.Receive(l, false, data) != nil {
				t.Fatal("the message is refused")
			}
			if in, err := l.Receive(t.Context()); err != nil || len(in.Audio) != 160 {
				t.Fatal("no frame")
			}
		}
		receive()
		assert.Zero(t, testing.AllocsPerRun(1000, receive))
		frame := make([]byte, 160)
		buf := p.AppendAudio(nil, frame)
		assert.Zero(t, testing.AllocsPerRun(1000, func() { buf = p.AppendAudio(buf[:0], frame) }))
	}
}
