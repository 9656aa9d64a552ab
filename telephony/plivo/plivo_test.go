package plivo

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/plivo"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/telephony/internal/media"
)

// The signatures were accepted by the carrier's own library.
func TestSign(t *testing.T) {
	t.Parallel()
	const token, nonce, address = "pl_token_0001", "nonce-0001", "https://voice.example.test/answer"
	for want, got := range map[string]string{
		"s+KCxJIXFAPybUraNzp+eOmzoiJQXkpc8Lxv2hP0NBQ=": sign(token, http.MethodPost, address, nil, url.Values{"CallUUID": {"u-1"}, "From": {"15550100"}}, nonce),
		"wW040i7GMyNc5Lw9gZP0eNH2u9ckIIeOm4BYyM/VyI4=": sign(token, http.MethodPost, address, url.Values{"x": {"1"}}, url.Values{"From": {"1"}}, nonce),
		"Vdb7/WV+6UQkB6PWtcEvfeGyXTVLs0acT7RzAq5kkKU=": sign(token, http.MethodGet, address, url.Values{"b": {"2"}, "a": {"1"}}, nil, nonce),
	} {
		assert.Equal(t, want, got)
	}
}

var messages = []string{
	`{"event":"start","sequenceNumber":1,"start":{"callId":"u","streamId":"s","accountId":"a","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000}},"extra_headers":"agent=front;x=1"}`,
	`{"event":"media","sequenceNumber":"2","streamId":"s","media":{"track":"inbound","timestamp":"20","chunk":2,"payload":"//79"},"extra_headers":{"a":"b"}}`,
	`{"event":"dtmf","streamId":"s","dtmf":{"track":"inbound","digit":"5","timestamp":"99"}}`,
	`{"event":"playedStream","streamId":"s","name":"rt1-1"}`, `{"event":"played","streamId":"s","name":"rt1-1"}`,
	`{"event":"clearedAudio","streamId":"s"}`, `{"event":"playFailed","reason":"r"}`, `{"event":"stop"}`,
}

func TestMessagesAreKept(t *testing.T) {
	t.Parallel()
	for _, text := range messages {
		text = strings.Replace(text, `{"event"`, `{"unheardOf":{"x":1},"event"`, 1)
		e, err := plivo.DecodeEvent([]byte(text))
		require.NoError(t, err)
		again, err := json.Marshal(e)
		require.NoError(t, err)
		assert.JSONEq(t, text, string(again))
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	want := map[string]string{"agent": "front", "x": "1"}
	assert.Equal(t, want, parameters(plivo.ExtraHeadersString("agent=front;x=1")))
	assert.Equal(t, want, parameters(plivo.ExtraHeadersString("agent=front, x=1")))
	assert.Equal(t, want, parameters(plivo.ExtraHeadersObject(want)))
	text, err := headers(want)
	require.NoError(t, err)
	assert.Equal(t, "agent=front,x=1", text)
	_, err = headers(map[string]string{"a": "b c"})
	require.Error(t, err)
	_, err = headers(map[string]string{"a": strings.Repeat("b", 600)})
	require.Error(t, err)
}

type silentConn struct{}

func (silentConn) Read() (binary bool, data []byte, err error) { return false, nil, io.EOF }
func (silentConn) Write([]byte) error                          { return nil }
func (silentConn) Close(uint16)                                {}

func FuzzStream(f *testing.F) {
	for _, text := range messages {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := newProtocol("s", audio.ULaw)
		l := line.New(silentConn{}, p, line.Settings{In: audio.ULaw, Out: audio.ULaw, Frame: line.FrameTime})
		for range 2 {
			if err := p.Receive(l, false, data); err != nil && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
		}
		o := &opener{c: &Config{Format: audio.ULaw}, in: &telephony.Incoming{}, control: func(string) line.Control { return line.Control{} }}
		if x, err := o.take(data); x != nil && err != nil {
			t.Fatal("both")
		}
		var frame media.Frame
		if ours, ok := media.Parse(data, "s", &frame, "streamId"); ours && ok {
			e, err := plivo.DecodeEvent(data)
			if m, isMedia := e.(*plivo.Media); isMedia && err == nil && m.Media.Extra.Len() == 0 {
				assert.Equal(t, string(m.Media.Payload), string(frame.Payload))
			}
		}
	})
}

// TestFramesAreNotAllocated holds that a frame costs no allocation in either direction.
func TestFramesAreNotAllocated(t *testing.T) {
	p := newProtocol("s", audio.ULaw)
	l := line.New(silentConn{}, p, line.Settings{In: audio.ULaw, Out: audio.ULaw, Frame: line.FrameTime})
	data := []byte(`{"event":"media","streamId":"s","media":{"track":"inbound","timestamp":"-","chunk":1,"payload":"` + strings.Repeat("/", 213) + `w=="}}`)
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

// TestStartsOfOthersAreRefused holds that a start must be that of the call whose address was
// dialled, in the format of the configuration.
func TestStartsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	o := &opener{c: &Config{Format: audio.ULaw}, in: &telephony.Incoming{CallID: "u"}, control: func(string) line.Control { return line.Control{} }}
	const start = `{"event":"start","start":{"callId":"u","streamId":"s","mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000}}}`
	x, err := o.take([]byte(start))
	require.NoError(t, err)
	assert.Equal(t, "u", x.Settings.Info.CallID)
	for _, change := range [][2]string{{`"callId":"u"`, `"callId":"v"`}, {`"streamId":"s"`, `"streamId":""`}, {"x-mulaw", "x-l16"}, {"8000", "16000"}} {
		_, err := o.take([]byte(strings.Replace(start, change[0], change[1], 1)))
		require.ErrorIs(t, err, telephony.ErrNoStart, change[1])
	}
}
