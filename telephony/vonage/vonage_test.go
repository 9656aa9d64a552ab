package vonage

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/vonage"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/telephony/internal/ticket"
)

// TestVerify holds a token that the carrier's own library has accepted.
func TestVerify(t *testing.T) {
	t.Parallel()
	const (
		secret = "vg_signature_secret_0001"
		token  = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3NjQxODAwMDAsImp0aSI6ImotMSIsImlzcyI6IlZvbmFnZSIsImFwaV9rZXkiOiJrMSIsImFwcGxpY2F0aW9uX2lkIjoiYXBwLTEifQ.L0EoV7VXQwN2FyNxXUEvUCj1ik0g28H6sEnTaoTMQ3o"
	)
	at := time.Unix(1764180000, 0)
	c, ok := verify(token, secret, at.Add(time.Minute))
	assert.True(t, ok)
	assert.Equal(t, "app-1", c.Application)
	assert.True(t, c.covers(nil))
	assert.False(t, c.covers([]byte("{}")), "a token without a hash is for no body")
	none := "eyJhbGciOiJub25lIn0." + strings.Split(token, ".")[1] + "."
	for name, bad := range map[string]string{
		"tampered": strings.Replace(token, ".eyJ", ".fyJ", 1), "no algorithm": none, "cut": token[:len(token)-5], "empty": "", "long": strings.Repeat("a.", 5000),
	} {
		_, ok := verify(bad, secret, at)
		assert.False(t, ok, name)
	}
	_, ok = verify(token, "other", at)
	assert.False(t, ok, "another secret")
	_, ok = verify(token, secret, at.Add(time.Hour))
	assert.False(t, ok, "an old token")
}

var messages = []string{
	`{"event":"websocket:connected","content-type":"audio/l16;rate=24000","call":"c-1","rt-call":"u","rt-token":"t","n":5}`,
	`{"event":"websocket:dtmf","digit":"5","duration":260}`, `{"event":"websocket:cleared"}`,
	`{"event":"websocket:notify","payload":{"name":"rt1-1","more":{"x":[1]}}}`,
}

func TestMessagesAreKept(t *testing.T) {
	t.Parallel()
	for _, text := range messages {
		e, err := vonage.DecodeEvent([]byte(text))
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

func FuzzStream(f *testing.F) {
	for _, text := range messages {
		f.Add(false, []byte(text))
	}
	f.Add(true, []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, binary bool, data []byte) {
		p := &protocol{}
		l := line.New(silentConn{}, p, line.Settings{In: audio.PCM24k, Out: audio.PCM24k, Frame: line.FrameTime})
		for range 2 {
			if err := p.Receive(l, binary, data); err != nil && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
		}
		o := &opener{c: &Config{SampleRate: 24000}, tickets: ticket.New(nil), control: func(string) line.Control { return line.Control{} }}
		if x, err := o.take(data); x != nil && err != nil {
			t.Fatal("both")
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if _, ok := verify(token, "a secret that nobody has", time.Now()); ok {
			t.Fatal("forged")
		}
	})
}

// TestFramesAreNotAllocated holds that a frame costs no allocation in either direction.
func TestFramesAreNotAllocated(t *testing.T) {
	p := &protocol{}
	l := line.New(silentConn{}, p, line.Settings{In: audio.PCM24k, Out: audio.PCM24k, Frame: line.FrameTime})
	data := make([]byte, 960)
	receive := func() {
		if p.Receive(l, true, data) != nil {
			t.Fatal("the message is refused")
		}
		if in, err := l.Receive(t.Context()); err != nil || len(in.Audio) != 960 {
			t.Fatal("no frame")
		}
	}
	receive()
	assert.Zero(t, testing.AllocsPerRun(1000, receive))
	frame := make([]byte, 960)
	buf := p.AppendAudio(nil, frame)
	assert.Zero(t, testing.AllocsPerRun(1000, func() { buf = p.AppendAudio(buf[:0], frame) }))
}

// TestStartsOfOthersAreRefused holds that a stream must bring the token of its call, in the
// format of the configuration.
func TestStartsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	o := &opener{c: &Config{SampleRate: 24000}, tickets: ticket.New(nil), control: func(string) line.Control { return line.Control{} }}
	start := `{"event":"websocket:connected","content-type":"audio/l16;rate=24000","rt-call":"u","rt-token":"` + o.tickets.Issue("u", time.Now()) + `"}`
	x, err := o.take([]byte(start))
	require.NoError(t, err)
	assert.Equal(t, "u", x.Settings.Info.CallID)
	_, err = o.take([]byte(strings.Replace(start, `"rt-call":"u"`, `"rt-call":"v"`, 1)))
	require.ErrorIs(t, err, telephony.ErrUnproven)
	_, err = o.take([]byte(strings.Replace(start, "rate=24000", "rate=16000", 1)))
	require.ErrorIs(t, err, telephony.ErrNoStart)
}

// TestTokensCoverBodies sends a webhook with the token of another body.
func TestTokensCoverBodies(t *testing.T) {
	t.Parallel()
	h, err := New(&Config{
		Options: telephony.Options{Call: func(context.Context, *telephony.Line) error { return nil }},
		URL:     "https://voice.example.com/vonage", SignatureSecret: "secret",
	})
	require.NoError(t, err)
	const body = `{"uuid":"u","from":"1","to":"2"}`
	sum := sha256.Sum256([]byte(body))
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"iat":%d,"payload_hash":"%x"}`, time.Now().Unix(), sum))
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte(text))
	text += "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	for sent, status := range map[string]int{body: http.StatusOK, strings.Replace(body, `"1"`, `"9"`, 1): http.StatusForbidden} {
		r := httptest.NewRequest(http.MethodPost, "/vonage", strings.NewReader(sent))
		r.Header.Set("Authorization", "Bearer "+text)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, status, w.Code, sent)
	}
}
