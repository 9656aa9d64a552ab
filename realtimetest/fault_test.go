package realtimetest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

func withFaults(faults ...realtimetest.Fault) *realtimetest.Config {
	return &realtimetest.Config{Script: realtimetest.Script{Faults: faults}}
}

var atDelta = realtimetest.Is(realtimetest.Sent, "response.output_text.delta")

// broken reads until the connection ends, and returns the events before the end
// and its error.
func (c *client) broken() ([]string, error) {
	c.t.Helper()
	var types []string
	for {
		_, data, err := c.ws.ReadMessage() // A closed pipe accepts no deadline.
		if err != nil {
			return types, err
		}
		var e struct{ Type string }
		if json.Unmarshal(data, &e) != nil {
			e.Type = "garbage"
		}
		if len(types) == 0 || types[len(types)-1] != e.Type {
			types = append(types, e.Type)
		}
	}
}

func TestFaultsEndConnections(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		step realtimetest.Step
		want func(error) bool
	}{
		"close": {realtimetest.HangUp{Code: 1011, Reason: "oops"}, func(err error) bool { return websocket.IsCloseError(err, 1011) }},
		"drop":  {realtimetest.HangUp{}, func(err error) bool { return websocket.IsCloseError(err, 1006) }},
		"cut":   {realtimetest.Cut{}, func(err error) bool { return strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error()) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, srv := start(t, withFaults(realtimetest.Fault{Conn: 1, At: atDelta, Nth: 2, Do: test.step}))
			c.send(textOnly, userHello, respond)
			types, err := c.broken()
			assert.True(t, test.want(err), "%v", err)
			assert.Equal(t, "response.output_text.delta", types[len(types)-1])

			again := dial(t, srv, "?model=gpt-realtime", bearer("key"))
			again.send(textOnly, userHello, respond)
			again.until("response.done completed")
		})
	}
}

func TestFaultAtWhatTheClientSends(t *testing.T) {
	t.Parallel()
	c, _ := start(t, withFaults(realtimetest.Fault{
		At: realtimetest.Is(realtimetest.Received, "response.create"), Do: realtimetest.Send{Data: []byte("{garbage")},
	}))
	c.send(textOnly, userHello, respond)
	for range 3 {
		c.read()
	}
	_, data, err := c.ws.ReadMessage()
	require.NoError(t, err)
	assert.Equal(t, "{garbage", string(data))
	c.until("response.done completed")
}

func TestLateFrames(t *testing.T) {
	t.Parallel()
	c, _ := start(t, withFaults(realtimetest.Fault{
		At: realtimetest.Is(realtimetest.Sent, "conversation.item.added"), Nth: 2, Do: realtimetest.Late(2),
	}))
	c.send(textOnly, userHello, respond)
	types := summaries(c.until("response.done completed"))
	assert.Equal(t, []string{
		"response.created", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
		"conversation.item.added", "response.output_text.delta",
	}, types[3:9])
}

func TestTrickle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(withFaults(realtimetest.Fault{Do: realtimetest.Trickle{Bytes: 50, Every: 10 * time.Millisecond}}))
		defer srv.Close()
		c := dial(t, srv, "?model=gpt-realtime", bearer("key"))
		began := time.Now()
		c.read()
		assert.Zero(t, time.Since(began), "the opening is over before the fault")
		c.send(textOnly, userHello, respond)
		c.until("response.done completed")
		assert.Greater(t, time.Since(began), 500*time.Millisecond)
		c.ws.Close()
	})
}

func TestStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(withFaults(
			realtimetest.Fault{Conn: 1, At: atDelta, Do: realtimetest.Stall(time.Minute)},
			realtimetest.Fault{Conn: 2, At: atDelta, Do: realtimetest.Stall(-1)},
		))
		defer srv.Close()
		c := dial(t, srv, "?model=gpt-realtime", bearer("key"))
		c.send(textOnly, userHello, respond)
		c.until("response.output_text.delta")
		began := time.Now()
		require.NoError(t, c.ws.SetReadDeadline(time.Time{}))
		_, _, err := c.ws.ReadMessage()
		require.NoError(t, err)
		assert.Equal(t, time.Minute, time.Since(began))
		c.ws.Close()

		c = dial(t, srv, "?model=gpt-realtime", bearer("key"))
		c.send(textOnly, userHello, respond)
		c.until("response.output_text.delta")
		require.NoError(t, c.ws.SetReadDeadline(time.Now().Add(time.Hour)))
		_, _, err = c.ws.ReadMessage()
		require.ErrorContains(t, err, "timeout")
		c.ws.Close()
	})
}

func TestDenials(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(withFaults(realtimetest.Fault{
		Conn: 1, Do: realtimetest.Deny{Status: http.StatusTooManyRequests, RetryAfter: 1500 * time.Millisecond},
	}))
	t.Cleanup(srv.Close)
	d := websocket.Dialer{NetDialContext: srv.DialContext}
	_, res, err := d.DialContext(t.Context(), "ws://localhost/v1/realtime?model=m", bearer("key"))
	require.ErrorIs(t, err, websocket.ErrBadHandshake)
	assert.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	assert.Equal(t, "2", res.Header.Get("Retry-After"))
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Contains(t, string(body), "rate_limit_exceeded")
	dial(t, srv, "?model=m", bearer("key")).expect("session.created")
}

func TestExpiredSecrets(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(&realtimetest.Config{Credentials: func(c realtimetest.Credential) error {
		if c.Key != "key" {
			return assert.AnError
		}
		return nil
	}})
	t.Cleanup(srv.Close)
	client := &http.Client{Transport: &http.Transport{DialContext: srv.DialContext, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/realtime/client_secrets", strings.NewReader("{}"))
	require.NoError(t, err)
	req.Header = bearer("key")
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	require.NoError(t, err)
	var secret api.ClientSecret
	require.NoError(t, json.NewDecoder(res.Body).Decode(&secret))
	require.NoError(t, res.Body.Close())
	dial(t, srv, "?model=m", bearer(secret.Value)).expect("session.created")
	srv.ExpireSecrets()
	dial(t, srv, "?model=m", bearer(secret.Value)).expect("error invalid_api_key")
}

func TestAwait(t *testing.T) {
	t.Parallel()
	c, srv := start(t, nil)
	conn, err := srv.Accept(t.Context())
	require.NoError(t, err)
	c.send(textOnly, userHello, respond)
	c.until("response.done completed")
	item, err := realtimetest.Await(t.Context(), conn, func(e *api.ConversationItemCreate) bool {
		_, ok := e.Item.(*api.UserMessage)
		return ok
	})
	require.NoError(t, err)
	assert.Nil(t, item.EventID)
	c.appendAudio(realtimetest.Tone(time.Second))
	c.until("input_audio_buffer.speech_started")
	c.ws.Close()
	<-conn.Done()
	_, err = realtimetest.Await[*api.ResponseCancel](t.Context(), conn)
	require.ErrorIs(t, err, realtimetest.ErrEnded)
	assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](conn), 1)
	assert.Len(t, realtimetest.AllSent[*api.ResponseDone](conn), 1)
	assert.Equal(t, realtimetest.Tone(time.Second), conn.AudioReceived())
	assert.Empty(t, conn.AudioSent())
}
