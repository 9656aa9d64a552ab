package realtimetest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestAnswersAreSpokenInRealTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pace float64
		want time.Duration
	}{
		"real time":   {1, 2900 * time.Millisecond}, // The last piece is sent at the end of the piece before it.
		"twice":       {2, 1450 * time.Millisecond},
		"all at once": {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := always(realtimetest.Say{Text: "x", Audio: realtimetest.Tone(3 * time.Second)})
				cfg.Pace = c.pace
				client, _ := start(t, cfg)
				client.send(respond)
				client.until("response.created")
				began := time.Now()
				events := client.until("response.done completed")
				assert.Equal(t, c.want, time.Since(began))
				var length int
				for _, d := range all[*api.ResponseOutputAudioDelta](events) {
					length += len(d.Delta)
				}
				assert.Equal(t, 3000, int(audio.PCM24k.Duration(length).Milliseconds()))
			})
		})
	}
}

func TestWaitAndDelayedTranscript(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := always(realtimetest.Wait(2*time.Second), realtimetest.Say{Text: "Well."})
		cfg.Script.Heard = []realtimetest.Heard{{Text: "Slow.", Delay: time.Second}}
		client, _ := start(t, cfg)
		client.send(withTranscription)
		began := time.Now()
		client.appendAudio(append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...))
		client.until("response.created")
		client.until("conversation.item.input_audio_transcription.completed")
		assert.Equal(t, time.Second, time.Since(began))
		client.until("response.output_item.added")
		assert.Equal(t, 2*time.Second, time.Since(began))
		client.until("rate_limits.updated")
	})
}

func TestPings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, srv := start(t, nil)
		var at []time.Duration
		began := time.Now()
		client.ws.SetPingHandler(func(string) error {
			at = append(at, time.Since(began))
			if len(at) == 3 {
				srv.Conns()[0].Close(websocket.CloseNormalClosure, "")
			}
			return nil
		})
		require.NoError(t, client.ws.SetReadDeadline(time.Time{}))
		_, _, err := client.ws.ReadMessage()
		assert.True(t, websocket.IsCloseError(err, websocket.CloseNormalClosure), "%v", err)
		assert.Equal(t, []time.Duration{20 * time.Second, 40 * time.Second, time.Minute}, at)
	})
}

func TestSessionsEndAfterAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, _ := start(t, nil)
		began := time.Now()
		require.NoError(t, client.ws.SetReadDeadline(time.Time{}))
		_, _, err := client.ws.ReadMessage()
		assert.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), "%v", err)
		assert.Equal(t, time.Hour, time.Since(began))
	})
}

func TestFastClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, _ := start(t, &realtimetest.Config{Clock: realtimetest.FastClock(600)})
		began := time.Now()
		require.NoError(t, client.ws.SetReadDeadline(time.Time{}))
		_, _, err := client.ws.ReadMessage()
		assert.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), "%v", err)
		assert.InDelta(t, 6, time.Since(began).Seconds(), 0.01)
	})
}

func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, _ := start(t, always(realtimetest.Say{Text: "Still there?", Audio: realtimetest.Tone(2 * time.Second)}))
		client.send(`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad","idle_timeout_ms":5000}}}}}`, respond)
		client.until("response.done completed")
		began := time.Now()
		client.appendAudio(realtimetest.Silence(time.Second))
		events := client.until("response.created")
		// The idle time starts after the two seconds of the response.
		assert.Equal(t, 7*time.Second, time.Since(began))
		timeout := first[*api.InputAudioBufferTimeoutTriggered](t, events)
		assert.Equal(t, 1000, timeout.AudioEndMS)
		assert.Equal(t, timeout.ItemID, first[*api.InputAudioBufferCommitted](t, events).ItemID)
		client.until("response.done completed")
	})
}

// A client that does not read for some seconds gets the close frame later.
func TestALateReaderHearsTheClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, srv := start(t, nil)
		srv.Conns()[0].Close(4000, "enough")
		time.Sleep(8 * time.Second)
		_, _, err := c.ws.ReadMessage()
		assert.Equal(t, &websocket.CloseError{Code: 4000, Text: "enough"}, err)
	})
}

func TestAClientThatDoesNotRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := always(realtimetest.Say{Text: "x", Audio: realtimetest.Tone(time.Minute)})
		cfg.WriteTimeout = 3 * time.Second
		client, srv := start(t, cfg)
		client.send(respond)
		conn, err := srv.Accept(t.Context())
		require.NoError(t, err)
		began := time.Now()
		<-conn.Done()
		assert.LessOrEqual(t, time.Since(began), 4*time.Second)
	})
}

// A client that does not read does not block Close.
func TestCloseWaitsForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, srv := start(t, nil)
		began := time.Now()
		srv.Close()
		assert.LessOrEqual(t, time.Since(began), 2*time.Second)
	})
}
