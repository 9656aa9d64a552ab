package telnyx

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/telnyx"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/telephony/internal/media"
)

// TestSigned holds a signature that the carrier's own library has accepted.
func TestSigned(t *testing.T) {
	t.Parallel()
	key, err := base64.StdEncoding.DecodeString("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=")
	require.NoError(t, err)
	h := http.Header{}
	h.Set("telnyx-timestamp", "1764180000")
	h.Set("telnyx-signature-ed25519", "icD9JoYnG7w+rGFw3esUKMvN9TayzRRAJutSFzxYblMBl9/pnWSRYUnBLhpdfLkWaG2cfm/JpfM7shr84RwIAg==")
	body := []byte(`{"data":{"event_type":"streaming.started"}}`)
	at := time.Unix(1764180000, 0)
	assert.True(t, signed(h, body, ed25519.PublicKey(key), at.Add(4*time.Minute)))
	assert.False(t, signed(h, body, ed25519.PublicKey(key), at.Add(6*time.Minute)), "an old signature")
	assert.False(t, signed(h, append(body, ' '), ed25519.PublicKey(key), at), "another body")
	h.Set("telnyx-timestamp", "1764180001")
	assert.False(t, signed(h, body, ed25519.PublicKey(key), at), "another time")
}

var messages = []string{
	`{"event":"connected","version":"1.0.0","connected":{"x-telnyx-streaming-auth-token":"t"}}`,
	`{"event":"start","sequence_number":"1","stream_id":"s","start":{"user_id":"u","call_control_id":"c","from":"+1","to":"+2","tags":["a"],"media_format":{"encoding":"PCMA","sample_rate":8000,"channels":1}}}`,
	`{"event":"media","sequence_number":"4","stream_id":"s","media":{"track":"inbound","chunk":"2","timestamp":"40","payload":"//79"}}`,
	`{"event":"media","stream_id":"s","media":{"track":"outbound","chunk":"2","timestamp":"40","payload":"//79"}}`,
	`{"event":"dtmf","stream_id":"s","occurred_at":"2026-11-27T00:00:00.5Z","sequence_number":"5","dtmf":{"digit":"1"}}`,
	`{"event":"mark","stream_id":"s","sequence_number":"5","mark":{"name":"rt1-1"}}`,
	`{"event":"error","stream_id":"s","payload":{"code":100004,"title":"invalid_media","detail":"d"}}`,
	`{"event":"stop","stream_id":"s","sequence_number":"9","stop":{"user_id":"u","call_control_id":"c"}}`,
}

func TestMessagesAreKept(t *testing.T) {
	t.Parallel()
	for _, text := range messages {
		text = strings.Replace(text, `{"event"`, `{"unheardOf":{"x":1},"event"`, 1)
		e, err := telnyx.DecodeEvent([]byte(text))
		require.NoError(t, err)
		again, err := json.Marshal(e)
		require.NoError(t, err)
		assert.JSONEq(t, text, string(again))
	}
}

type silentConn struct{}

func (silentConn) Read() (binary bool, data []byte, err error) { return false, nil, io.EOF }
func (silentConn) Write([]byte) error                          { return nil }
func (silentConn) Close(uint16)                                {}

func newLine(p line.Protocol) *line.Line {
	return line.New(silentConn{}, p, line.Settings{In: audio.ALaw, Out: audio.ULaw, Frame: line.FrameTime, Reorder: true})
}

func FuzzStream(f *testing.F) {
	for _, text := range messages {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &protocol{id: "s"}
		l := newLine(p)
		for range 2 {
			if err := p.Receive(l, false, data); err != nil && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
		}
		o := &opener{c: &Config{Codec: PCMU, SampleRate: 8000}, in: &telephony.Incoming{}, control: func(string) line.Control { return line.Control{} }}
		if x, err := o.take(data); x != nil && err != nil {
			t.Fatal("both")
		}
		var frame media.Frame
		if ours, ok := media.Parse(data, "s", &frame, "stream_id"); ours && ok {
			e, err := telnyx.DecodeEvent(data)
			if m, isMedia := e.(*telnyx.Media); isMedia && err == nil && m.Media.Extra.Len() == 0 {
				assert.Equal(t, string(m.Media.Payload), string(frame.Payload))
			}
		}
	})
}

// TestKeysAreSorted lets keys arrive in another order than they were pressed in, and sound
// of the program's own track.
func TestKeysAreSorted(t *testing.T) {
	t.Parallel()
	p := &protocol{id: "s"}
	l := newLine(p)
	for _, text := range []string{
		`{"event":"dtmf","stream_id":"s","occurred_at":"2026-11-27T00:00:02Z","dtmf":{"digit":"2"}}`,
		`{"event":"dtmf","stream_id":"s","occurred_at":"2026-11-27T00:00:01Z","dtmf":{"digit":"1"}}`,
		`{"event":"media","stream_id":"s","media":{"track":"outbound","chunk":"1","timestamp":"0","payload":"//79"}}`,
		`{"event":"error","payload":{"code":100004}}`,
	} {
		require.NoError(t, p.Receive(l, false, []byte(text)))
	}
	for _, want := range "12" {
		in, err := l.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, in.Key)
	}
	in, err := l.Receive(t.Context())
	require.NoError(t, err)
	assert.Equal(t, audio.ALaw.AppendSilence(nil, line.FrameTime), in.Audio, "not the program's own voice")
	assert.Equal(t, 1, l.Counts().Refused)
}

// TestOrder holds the trace of the carrier's documents: 1, 3, 2, then 5 without 4.
func TestOrder(t *testing.T) {
	t.Parallel()
	l := newLine(&protocol{})
	piece := func(n byte) []byte {
		p := make([]byte, 160)
		for i := range p {
			p[i] = n
		}
		return p
	}
	for _, n := range []int64{1, 3, 2, 5, 6, 7, 8, 9, 9, 1} {
		l.Media(n, 20*n, piece(byte(n)))
	}
	for _, want := range []byte{1, 2, 3, 0xd5, 5, 6, 7, 8, 9} {
		in, err := l.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, piece(want), in.Audio)
	}
	assert.Equal(t, 2, l.Counts().Late)
	assert.Equal(t, 20*time.Millisecond, l.Counts().Lost)
}

func TestByteOrder(t *testing.T) {
	t.Parallel()
	p := &protocol{swap: true}
	frame := []byte{1, 2, 3, 4}
	out := string(p.AppendAudio(nil, frame))
	assert.Contains(t, out, base64.StdEncoding.EncodeToString([]byte{2, 1, 4, 3}))
	assert.Equal(t, []byte{1, 2, 3, 4}, frame, "the caller's bytes stay")
}

// TestFramesAreNotAllocated holds that a frame costs no allocation in either direction.
func TestFramesAreNotAllocated(t *testing.T) {
	p := &protocol{id: "s"}
	l := newLine(p)
	data := []byte(`{"event":"media","sequence_number":"4","stream_id":"s","media":{"track":"inbound","chunk":"-","timestamp":"-","payload":"` + strings.Repeat("/", 213) + `w=="}}`)
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
