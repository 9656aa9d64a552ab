package realtimetest_test

import (
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// Simulated hours of the soak: the bounds of the server are reached after the first.
const (
	soakWarm    = 3
	soakDefault = 5
)

// TestSoak runs a server for simulated hours, five or as many as SOAK_HOURS, and checks
// that its heap does not grow once its bounds are reached. At the same time it holds a
// conversation, takes audio that is never committed, takes speech that never ends,
// loses connections, calls ring and end, and secrets are issued.
func TestSoak(t *testing.T) {
	if raceEnabled {
		t.Skip("it measures the heap, which the race detector changes")
	}
	if testing.Short() {
		t.Skip("the heap is compared after hours only")
	}
	hours := soakDefault
	if s := os.Getenv("SOAK_HOURS"); s != "" {
		var err error
		hours, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	synctest.Test(t, func(t *testing.T) {
		answer := realtimetest.Say{Text: "It is a long story.", Audio: realtimetest.Tone(16 * time.Second)}
		cfg := always(answer)
		cfg.LogBytes, cfg.SessionLife = 8<<20, -1
		s := &soak{t: t, srv: realtimetest.New(cfg)}
		defer s.srv.Close()
		s.http = &http.Client{Transport: &http.Transport{DialContext: s.srv.DialContext, DisableKeepAlives: true}}
		s.talk, s.quiet, s.endless = s.dial("server_vad"), s.dial(""), s.dial("server_vad")
		var warm uint64
		for hour := 1; hour <= hours; hour++ {
			s.hour()
			heap := heapBytes()
			t.Logf("hour %2d: %4d KB", hour, heap>>10)
			if hour == soakWarm {
				warm = heap
			}
			if hour > soakWarm {
				const tolerance, perHour = 6 << 20, 1 << 19 // The text of items is kept.
				assert.Less(t, heap, warm+tolerance+uint64(hour-soakWarm)*perHour, "hour %d", hour)
			}
		}
		for _, c := range []*websocket.Conn{s.talk, s.quiet, s.endless} {
			_ = c.Close()
		}
	})
}

func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// soak is the load of a server.
type soak struct {
	t    *testing.T
	srv  *realtimetest.Server
	http *http.Client
	// Clients that speak in turns, that never commit, and whose speech never ends.
	talk, quiet, endless *websocket.Conn
}

// dial opens a session in G.711 and discards what it receives.
func (s *soak) dial(vad string) *websocket.Conn {
	s.t.Helper()
	d := websocket.Dialer{NetDialContext: s.srv.DialContext}
	ws, _, err := d.DialContext(s.t.Context(), strings.Replace(s.srv.URL, "http", "ws", 1)+"/realtime?model=m", bearer("sk"))
	require.NoError(s.t, err)
	detection := "null"
	if vad != "" {
		detection = `{"type":"` + vad + `"}`
	}
	s.send(ws, []byte(`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"},`+
		`"turn_detection":`+detection+`},"output":{"format":{"type":"audio/pcmu"}}}}}`))
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	return ws
}

func (s *soak) send(ws *websocket.Conn, frame []byte) {
	s.t.Helper()
	require.NoError(s.t, ws.WriteMessage(websocket.TextMessage, frame))
}

// hour is an hour of load. A turn of the conversation takes half a minute.
func (s *soak) hour() {
	tone := appendFrame(s.t, realtimetest.Tone(time.Second))
	silence := appendFrame(s.t, realtimetest.Silence(time.Second))
	for second := range 3600 {
		if second%30 == 0 {
			s.send(s.talk, tone)
		} else {
			s.send(s.talk, silence)
		}
		s.send(s.quiet, tone)
		s.send(s.endless, tone)
		if second%60 == 0 {
			s.minute()
		}
		time.Sleep(time.Second)
	}
}

// minute does what a program does beside its sessions.
func (s *soak) minute() {
	s.post("/realtime/client_secrets", `{"session":{"type":"realtime","model":"m","instructions":"`+strings.Repeat("x", 100_000)+`"}}`)
	lost := s.dial("server_vad")
	s.send(lost, appendFrame(s.t, realtimetest.Tone(time.Second)))
	_ = lost.Close()
	s.call()
}

// call is a phone call with one turn.
func (s *soak) call() {
	s.t.Helper()
	answered := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})}
	call, err := s.srv.Ring(s.t.Context(), &realtimetest.Ringing{URL: "http://app/hook", Client: answered})
	require.NoError(s.t, err)
	s.post("/realtime/calls/"+call.ID()+"/accept", `{"type":"realtime","model":"m"}`)
	require.NoError(s.t, call.Speak(s.t.Context(), append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...)))
	synctest.Wait()
	require.NotEmpty(s.t, call.Heard())
	call.HangUp()
}

func (s *soak) post(path, body string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.srv.URL+path, strings.NewReader(body))
	require.NoError(s.t, err)
	req.Header = bearer("sk")
	req.Header.Set("Content-Type", "application/json")
	res, err := s.http.Do(req)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Body.Close())
	require.Equal(s.t, http.StatusOK, res.StatusCode)
}

func appendFrame(t *testing.T, sound []byte) []byte {
	t.Helper()
	data, err := (&api.InputAudioBufferAppend{Audio: speech.Convert(sound, audio.PCM24k, audio.ULaw)}).AppendJSON(nil)
	require.NoError(t, err)
	return data
}
