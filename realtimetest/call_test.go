package realtimetest_test

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// phoneCall starts a call that is accepted. Its responses are text, so that their events
// reach the sidebands.
func phoneCall(t *testing.T) (*rest, *realtimetest.PhoneCall) {
	t.Helper()
	r := newREST(t, nil)
	hc, _ := webhook(t, 200)
	call, err := r.srv.Ring(t.Context(), &realtimetest.Ringing{URL: "http://app/hook", Client: hc})
	require.NoError(t, err)
	status, body, _ := r.post("k", "/realtime/calls/"+call.ID()+"/accept", jsonKind, `{"type":"realtime","model":"m","output_modalities":["text"]}`)
	require.Equal(t, 200, status, body)
	return r, call
}

func (r *rest) sideband(call *realtimetest.PhoneCall) *client {
	r.t.Helper()
	c := dial(r.t, r.srv, "?call_id="+call.ID(), bearer("k"))
	// The handshake ends before the sideband is attached. An error is for it alone.
	require.NoError(r.t, c.ws.WriteMessage(websocket.BinaryMessage, []byte{0}))
	c.expect("error invalid_message_type")
	return c
}

// end reads until the connection ends and returns its close error.
func (c *client) end() error {
	c.t.Helper()
	require.NoError(c.t, c.ws.SetReadDeadline(time.Now().Add(20*time.Second)))
	for {
		if _, _, err := c.ws.ReadMessage(); err != nil {
			return err
		}
	}
}

func userItem(t *testing.T, events []api.ServerEvent) string {
	t.Helper()
	return *as[*api.UserMessage](t, first[*api.ConversationItemAdded](t, events).Item).ID
}

var callTurn = concat(turnEvents, textResponse)

func TestSeveralSidebandsShareACall(t *testing.T) {
	t.Parallel()
	r, call := phoneCall(t)
	a := r.sideband(call)
	b := r.sideband(call)
	assert.Len(t, call.Sidebands(), 2)
	conn, err := call.Sideband(t.Context())
	require.NoError(t, err)
	assert.Equal(t, call.Sidebands()[0], conn)

	require.NoError(t, call.Say(t.Context(), realtimetest.Tone(time.Second)))
	first := a.expect(callTurn...)
	assert.Equal(t, first, b.expect(callTurn...), "both get the same events")

	b.send(`{"type":"session.update","event_id":"mine","session":{"type":"realtime","instructions":"Whisper."}}`)
	a.expect("session.updated")
	b.expect("session.updated")
	b.send(`{"type":"conversation.item.delete","event_id":"wrong","item_id":"none"}`)
	b.expect("error item_not_found item_id wrong")
	a.quiet()
	b.until("input_audio_buffer.cleared")

	require.NoError(t, call.Press(t.Context(), "7"))
	a.expect("input_audio_buffer.dtmf_event_received")
	b.expect("input_audio_buffer.dtmf_event_received")

	a.send(`{"type":"conversation.item.retrieve","item_id":"` + userItem(t, first) + `"}`)
	a.until("conversation.item.retrieved")
	call.HangUp()
	for _, c := range []*client{a, b} {
		assert.True(t, websocket.IsCloseError(c.end(), websocket.CloseNormalClosure))
	}
	for _, conn := range r.srv.Conns() {
		<-conn.Done()
	}
	assert.Empty(t, call.Sidebands())
}

// A sideband that is attached after another one was lost hears the caller, knows the
// conversation, and is closed by the hang-up.
func TestASidebandIsAttachedAgain(t *testing.T) {
	t.Parallel()
	r, call := phoneCall(t)
	spoken := ""
	for n := range 25 {
		c := r.sideband(call)
		if spoken != "" {
			c.send(`{"type":"conversation.item.retrieve","item_id":"` + spoken + `"}`)
			c.expect("conversation.item.retrieved")
		}
		require.NoError(t, call.Say(t.Context(), realtimetest.Tone(time.Second)))
		spoken = userItem(t, c.until("rate_limits.updated"))
		if n%2 == 0 {
			call.Sidebands()[0].Drop()
			_ = c.end()
		} else {
			require.NoError(t, c.ws.Close())
		}
		require.Eventually(t, func() bool { return len(call.Sidebands()) == 0 }, time.Minute, time.Millisecond)
	}
	last := r.sideband(call)
	status, _, _ := r.post("k", "/realtime/calls/"+call.ID()+"/hangup", "", "")
	assert.Equal(t, 200, status)
	assert.True(t, websocket.IsCloseError(last.end(), websocket.CloseNormalClosure))
}

// The model hears and answers a caller without a sideband.
func TestACallNeedsNoSideband(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := always(realtimetest.Say{Text: "Hello.", Audio: realtimetest.Tone(2 * time.Second)})
		r := newREST(t, cfg)
		hc, _ := webhook(t, 200)
		call, err := r.srv.Ring(t.Context(), &realtimetest.Ringing{URL: "http://app/hook", Client: hc})
		require.NoError(t, err)
		go func() { _ = call.Speak(t.Context(), realtimetest.Tone(time.Second)) }()
		synctest.Wait()
		status, _, _ := r.post("k", "/realtime/calls/"+call.ID()+"/accept", jsonKind, `{"type":"realtime","model":"m"}`)
		require.Equal(t, 200, status)
		synctest.Wait()
		require.NoError(t, call.Speak(t.Context(), realtimetest.Silence(time.Second)))
		synctest.Wait()
		assert.Equal(t, realtimetest.Tone(2*time.Second), call.Heard())
		call.HangUp()
	})
}

// A call ends after the life of a session, which begins when it is accepted.
func TestACallEndsAfterAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, call := phoneCall(t)
		began := time.Now()
		time.Sleep(40 * time.Minute)
		c := r.sideband(call)
		require.NoError(t, c.ws.SetReadDeadline(time.Time{}))
		_, _, err := c.ws.ReadMessage()
		assert.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), "%v", err)
		end, err := call.Ended(t.Context())
		require.NoError(t, err)
		assert.Equal(t, realtimetest.EndServer, end.By)
		assert.Equal(t, time.Hour, time.Since(began))
	})
}

// Sidebands of a call that this server has not started share it too.
func TestSidebandsOfACallFromElsewhere(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(nil)
	t.Cleanup(srv.Close)
	a, b := dial(t, srv, "?call_id=rtc_x", bearer("k")), dial(t, srv, "?call_id=rtc_x", bearer("k"))
	for _, c := range []*client{a, b} {
		c.send(`{"type":"session.update","event_id":"here","session":{"type":"realtime"}}`)
		c.until("session.updated")
	}
	a.send(userHello)
	a.until("conversation.item.done")
	b.until("conversation.item.done")
	require.Len(t, srv.Call("rtc_x").Sidebands(), 2)
}

func TestEndedCallsAreForgotten(t *testing.T) {
	t.Parallel()
	r, first := phoneCall(t)
	first.HangUp()
	hc := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})}
	for range 101 {
		call, err := r.srv.Ring(t.Context(), &realtimetest.Ringing{URL: "http://app/hook", Client: hc})
		require.NoError(t, err)
		require.NotNil(t, r.srv.Call(call.ID()))
		call.HangUp()
	}
	assert.Nil(t, r.srv.Call(first.ID()))
	_, res, err := r.dial("k", "?call_id="+first.ID())
	require.Error(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, 404, res.StatusCode, "it is no call from elsewhere")
}

// TestSidebandSchedules attaches, loses and closes sidebands in random orders while the
// caller speaks. Every attached sideband sees each turn once, and the hang-up closes all
// that are left.
func TestSidebandSchedules(t *testing.T) {
	t.Parallel()
	schedules := 40
	if testing.Short() {
		schedules = 10
	}
	for seed := range schedules {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { sidebandSchedule(t, rand.New(rand.NewPCG(uint64(seed), 1))) })
		})
	}
}

// watcher reads a sideband on a goroutine of its own.
type watcher struct {
	*client
	turns int
	err   error
	over  chan struct{}
}

func watch(c *client) *watcher {
	w := &watcher{client: c, over: make(chan struct{})}
	go func() {
		defer close(w.over)
		for {
			_, data, err := c.ws.ReadMessage()
			if err != nil {
				w.err = err
				return
			}
			if e, err := api.DecodeServerEvent(data); err == nil && e.EventType() == "input_audio_buffer.committed" {
				w.turns++
			}
		}
	}()
	return w
}

func sidebandSchedule(t *testing.T, random *rand.Rand) {
	t.Helper()
	r, call := phoneCall(t)
	var attached []*watcher
	want := map[*watcher]int{}
	attach := func() {
		w := watch(dial(t, r.srv, "?call_id="+call.ID(), bearer("k")))
		synctest.Wait()
		attached = append(attached, w)
	}
	attach()
	for range 20 {
		switch n := random.IntN(5); {
		case n == 0 || len(attached) == 0:
			attach()
		case n == 1:
			i := random.IntN(len(attached))
			if random.IntN(2) == 0 {
				call.Sidebands()[i].Drop()
			} else {
				_ = attached[i].ws.Close()
			}
			synctest.Wait()
			assert.Equal(t, want[attached[i]], attached[i].turns)
			attached = append(attached[:i], attached[i+1:]...)
		default:
			require.NoError(t, call.Say(t.Context(), realtimetest.Tone(time.Second)))
			synctest.Wait()
			for _, w := range attached {
				want[w]++
			}
		}
		require.Len(t, call.Sidebands(), len(attached))
	}
	call.HangUp()
	for _, w := range attached {
		<-w.over
		assert.True(t, websocket.IsCloseError(w.err, websocket.CloseNormalClosure), "%v", w.err)
		assert.Equal(t, want[w], w.turns)
	}
}
