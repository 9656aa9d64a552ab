package beside

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openai/openai-go/v3/option"
	vendorsocket "github.com/openai/openai-go/v3/packages/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

const soon = time.Millisecond

// recovering is the option of theirs that replaces a lost connection.
func recovering(o vendorsocket.RecoveryOptions) option.RequestOption {
	o.Enabled, o.InitialDelay, o.MaxPendingBytes = true, soon, 1<<20
	return option.WithWebSocketRecovery(o)
}

func reconnecting(change func(r *realtime.Reconnect)) *realtime.Options {
	r := &realtime.Reconnect{InitialDelay: soon}
	if change != nil {
		change(r)
	}
	return &realtime.Options{Reconnect: r}
}

// background receives until the end, and returns that.
func (s *side) background(t *testing.T) chan error {
	t.Helper()
	end := make(chan error, 1)
	go func() {
		for {
			if _, _, err := s.recv(t.Context()); err != nil {
				end <- err
				return
			}
		}
	}()
	return end
}

const text = `{"type":"conversation.item.added","event_id":"e1","item":{"type":"message","role":"user","status":"completed","id":"item_1","content":[{"type":"input_text","text":"hello"}]}}`

// A lost connection is replaced, with a fresh credential. With theirs the program restores
// its state and then sends what was held; ours restores it, and what waited follows. Neither
// repeats what was written.
func TestALostConnectionIsReplaced(t *testing.T) { //nolint:tparallel // The subtests share a server or a result.
	t.Parallel()
	type wire struct{ auth, text string }
	server := func(t *testing.T, down, open chan struct{}) (string, chan wire) {
		t.Helper()
		list := make(chan wire, 100)
		srv := raw(t, func(_ http.ResponseWriter, _ *http.Request, n int) bool {
			if n > 1 {
				close(down)
				select {
				case <-open:
				case <-t.Context().Done():
				}
			}
			return true
		}, func(p *peer) {
			p.send(created)
			if p.n == 1 {
				p.send(text)
				list <- wire{p.r.Header.Get("Authorization"), typeOf(p.read())}
				return
			}
			for data := p.read(); data != nil; data = p.read() {
				list <- wire{p.r.Header.Get("Authorization"), typeOf(data)}
				if typeOf(data) == "conversation.item.create" {
					p.send(text)
					p.send(`{"type":"conversation.item.done","event_id":"e2","item":{"type":"message","role":"user","status":"completed","id":"item_1","content":[{"type":"input_text","text":"hello"}]}}`)
				}
			}
		})
		srv.Start()
		return srv.URL, list
	}
	var tokens atomic.Int32
	next := func() string { return "token-" + string('0'+tokens.Add(1)) }
	t.Run("theirs", func(t *testing.T) {
		tokens.Store(0)
		down, open, back := make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
		url, list := server(t, down, open)
		s := theirs(t, url, vendorsocket.Options{}, option.WithMiddleware(func(r *http.Request, call option.MiddlewareNext) (*http.Response, error) {
			r.Header.Set("Authorization", "Bearer "+next())
			return call(r)
		}), recovering(vendorsocket.RecoveryOptions{OnReconnected: func() { back <- struct{}{} }}))
		end := s.background(t)
		require.NoError(t, s.send(within(t), []byte("first")))
		assert.Equal(t, wire{"Bearer token-1", "input_audio_buffer.append"}, <-list)
		<-down
		held := make(chan error, 1)
		go func() {
			err := vendorsocket.ErrPendingLimit
			for errors.Is(err, vendorsocket.ErrPendingLimit) {
				err = s.theirs.SendRaw(t.Context(), json.RawMessage(`{"type":"held"}`))
			}
			held <- err
		}()
		full := func() bool { // What takes all of the room fits only beside nothing.
			ctx, cancel := context.WithTimeout(t.Context(), soon)
			defer cancel()
			return errors.Is(s.theirs.SendRaw(ctx, make([]byte, 1<<20)), vendorsocket.ErrPendingLimit)
		}
		require.Eventually(t, full, time.Minute, soon)
		close(open)
		<-back
		require.NoError(t, s.theirs.SendRaw(within(t), json.RawMessage(`{"type":"restore"}`)))
		assert.Equal(t, wire{"Bearer token-2", "restore"}, <-list, "nothing comes by itself")
		require.NoError(t, s.theirs.FlushPending(within(t)))
		require.NoError(t, <-held)
		assert.Equal(t, wire{"Bearer token-2", "held"}, <-list)
		s.abort()
		require.Error(t, <-end)
	})
	t.Run("ours", func(t *testing.T) {
		tokens.Store(0)
		open := make(chan struct{})
		url, list := server(t, make(chan struct{}), open)
		s := ours(t, url, reconnecting(nil), func(c *realtime.Config) {
			c.Credentials = func(context.Context) (realtime.Credential, error) { return realtime.Token(next()), nil }
		})
		for kind := ""; kind != "conversation.item.added"; kind, _, _ = s.recv(within(t)) {
		}
		require.NoError(t, s.send(within(t), []byte("first")))
		assert.Equal(t, wire{"Bearer token-1", "input_audio_buffer.append"}, <-list)
		for kind := ""; kind != "realtime.reconnecting"; kind, _, _ = s.recv(within(t)) {
		}
		require.NoError(t, s.ours.Send(within(t), &api.InputAudioBufferCommit{}))
		close(open)
		assert.Equal(t, wire{"Bearer token-2", "conversation.item.create"}, <-list, "what the new session lacks")
		assert.Equal(t, wire{"Bearer token-2", "input_audio_buffer.commit"}, <-list, "what waited; nothing twice")
		require.NoError(t, s.close())
	})
}

// outage serves one connection that breaks at once, and then none until the test ends.
func outage(t *testing.T) (url string, down chan struct{}) {
	t.Helper()
	down = make(chan struct{})
	srv := raw(t, func(_ http.ResponseWriter, r *http.Request, n int) bool {
		if n == 2 {
			close(down)
			select {
			case <-r.Context().Done():
			case <-t.Context().Done():
			}
		}
		return n == 1
	}, func(p *peer) {
		p.send(created)
		p.readType()
	})
	srv.Start()
	return srv.URL, down
}

func TestPendingCommandsCanBeTakenOut(t *testing.T) {
	t.Parallel()
	t.Run("theirs", func(t *testing.T) {
		t.Parallel()
		url, down := outage(t)
		s := theirs(t, url, vendorsocket.Options{}, recovering(vendorsocket.RecoveryOptions{}))
		end := s.background(t)
		require.NoError(t, s.send(within(t), []byte("first")))
		held := make(chan error, 1)
		<-down
		go func() { held <- s.theirs.SendRaw(t.Context(), json.RawMessage(`{"type":"held"}`)) }()
		var taken []json.RawMessage
		require.Eventually(t, func() bool {
			taken = s.theirs.TakePending()
			return len(taken) > 0
		}, time.Minute, soon)
		require.ErrorIs(t, <-held, vendorsocket.ErrPendingTaken)
		assert.JSONEq(t, `{"type":"held"}`, string(taken[0]))
		s.abort()
		require.Error(t, <-end)
	})
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		url, _ := outage(t)
		s := ours(t, url, reconnecting(nil))
		require.NoError(t, s.send(within(t), []byte("first")))
		for kind := ""; kind != "realtime.reconnecting"; kind, _, _ = s.recv(within(t)) {
		}
		pending, err := s.ours.StartRequest(within(t), &api.ConversationItemRetrieve{ItemID: "item_1"})
		require.NoError(t, err)
		taken := s.ours.TakeUnsent()
		require.Len(t, taken, 1)
		assert.Equal(t, "conversation.item.retrieve", taken[0].Type)
		assert.NotEmpty(t, taken[0].ID)
		_, err = pending.Wait(within(t))
		require.ErrorIs(t, err, socket.ErrTaken)
		require.NoError(t, s.send(within(t), []byte("left behind")))
		_ = s.ours.Abort(nil)
		assert.Len(t, s.ours.TakeUnsent(), 1, "after the end, too")
	})
}

// Some ends are final for both: a close in good order, and a handshake that is refused.
func TestSomeEndsAreFinal(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(p *peer){
		"a normal close": func(p *peer) { p.close(1000, "") },
		"a refusal":      func(p *peer) { p.readType() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for side, open := range map[string]func(t *testing.T, url string) *side{
				"theirs": func(t *testing.T, url string) *side {
					t.Helper()
					return theirs(t, url, vendorsocket.Options{}, recovering(vendorsocket.RecoveryOptions{}))
				},
				"ours": func(t *testing.T, url string) *side { t.Helper(); return ours(t, url, reconnecting(nil)) },
			} {
				t.Run(side, func(t *testing.T) {
					t.Parallel()
					var dials atomic.Int32
					srv := raw(t, func(w http.ResponseWriter, _ *http.Request, n int) bool {
						dials.Add(1)
						if n > 1 {
							w.WriteHeader(http.StatusForbidden)
						}
						return n == 1
					}, func(p *peer) { p.send(created); play(p) })
					srv.Start()
					s := open(t, srv.URL)
					_ = s.send(within(t), []byte("a"))
					require.Error(t, s.end(t))
					want := map[string]int32{"a normal close": 1, "a refusal": 2}
					assert.Equal(t, want[name], dials.Load())
				})
			}
		})
	}
}

// The attempts of theirs count for the session, those of ours for an outage.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	const attempts = 3
	for side, open := range map[string]func(t *testing.T, url string) *side{
		"theirs": func(t *testing.T, url string) *side {
			t.Helper()
			return theirs(t, url, vendorsocket.Options{}, recovering(vendorsocket.RecoveryOptions{MaxAttempts: attempts, MaxDelay: soon}))
		},
		"ours": func(t *testing.T, url string) *side {
			t.Helper()
			return ours(t, url, reconnecting(func(r *realtime.Reconnect) { r.Attempts, r.MaxDelay = attempts, soon }))
		},
	} {
		t.Run(side, func(t *testing.T) {
			t.Parallel()
			var dials atomic.Int32
			srv := raw(t, func(w http.ResponseWriter, _ *http.Request, n int) bool {
				dials.Add(1)
				if n > 1 {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				return n == 1
			}, func(p *peer) { p.send(created); p.readType() })
			srv.Start()
			s := open(t, srv.URL)
			require.NoError(t, s.send(within(t), []byte("a")))
			require.Error(t, s.end(t))
			assert.EqualValues(t, 1+attempts, dials.Load())
		})
	}
}

// Close ends a reconnection, a wait for its credential included.
func TestCloseEndsAReconnection(t *testing.T) {
	t.Parallel()
	broken := func(p *peer) { p.readType() }
	waits := func(asked chan struct{}) func(ctx context.Context) error {
		var n atomic.Int32
		return func(ctx context.Context) error {
			if n.Add(1) == 1 {
				return nil
			}
			close(asked)
			<-ctx.Done()
			return ctx.Err()
		}
	}
	t.Run("theirs", func(t *testing.T) {
		t.Parallel()
		asked := make(chan struct{})
		wait := waits(asked)
		s := theirs(t, serve(t, broken), vendorsocket.Options{}, recovering(vendorsocket.RecoveryOptions{}),
			option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
				if err := wait(r.Context()); err != nil {
					return nil, err
				}
				return next(r)
			}))
		end := s.background(t)
		require.NoError(t, s.send(within(t), []byte("a")))
		<-asked
		_ = s.close()
		require.Error(t, <-end)
	})
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		asked := make(chan struct{})
		wait := waits(asked)
		s := ours(t, serve(t, broken), reconnecting(nil), func(c *realtime.Config) {
			c.Credentials = func(ctx context.Context) (realtime.Credential, error) { return realtime.Key(key), wait(ctx) }
		})
		end := s.background(t)
		require.NoError(t, s.send(within(t), []byte("a")))
		<-asked
		require.NoError(t, s.close())
		require.Error(t, <-end)
	})
}

// A session beside a call is not recovered by theirs; ours rejoins the call.
func TestASessionBesideACall(t *testing.T) {
	t.Parallel()
	joined := make(chan string, 3)
	srv := raw(t, nil, func(p *peer) {
		joined <- p.r.URL.Query().Get("call_id")
		p.send(created)
		if p.n > 1 {
			p.drain()
		}
	})
	srv.Start()
	_, err := dialTheirs(within(t), srv.URL, vendorsocket.Options{}, recovering(vendorsocket.RecoveryOptions{}), option.WithQueryDel("model"), option.WithQuery("call_id", "rtc_1"))
	require.Error(t, err)
	assert.Empty(t, joined)
	s, err := newClient(t, srv.URL).Connect(within(t), realtime.Call("rtc_1"), reconnecting(nil))
	require.NoError(t, err)
	for {
		e, err := s.Recv(within(t))
		require.NoError(t, err)
		if _, back := e.(*realtime.Reconnected); back {
			break
		}
	}
	require.NoError(t, s.Close())
	assert.Equal(t, []string{"rtc_1", "rtc_1"}, []string{<-joined, <-joined})
}

// Theirs replaces its connection when the program says so. With ours the program connects
// anew, and takes along what was not sent.
func TestAProgramReplacesTheConnection(t *testing.T) {
	t.Parallel()
	plays := func() (play func(p *peer), begun chan struct{}, list chan []string) {
		begun, list = make(chan struct{}), make(chan []string, 2)
		return func(p *peer) {
			if p.n == 1 {
				_, _, _ = p.ws.NextReader()
				close(begun)
				<-p.t.Context().Done()
				return
			}
			list <- heard(p)
		}, begun, list
	}
	t.Run("theirs", func(t *testing.T) {
		t.Parallel()
		play, _, list := plays()
		s := theirs(t, serve(t, play), vendorsocket.Options{CloseTimeout: soon})
		next, err := s.theirs.Reconnect(within(t))
		require.NoError(t, err)
		require.NoError(t, next.Send(within(t), theirAudio([]byte("a"))))
		require.NoError(t, next.Close())
		assert.Equal(t, []string{"a"}, <-list)
	})
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		play, begun, list := plays()
		url := serve(t, play)
		s := ours(t, url, &realtime.Options{SendQueueBytes: 64 << 20})
		require.NoError(t, s.send(within(t), large))
		require.NoError(t, s.send(within(t), []byte("a")))
		<-begun
		_ = s.ours.Abort(nil)
		next := ours(t, url, nil)
		for _, left := range s.ours.TakeUnsent() {
			e, err := api.DecodeClientEvent(left.Message)
			require.NoError(t, err)
			require.NoError(t, next.ours.Send(within(t), e))
		}
		require.NoError(t, next.close())
		assert.Equal(t, []string{"a"}, <-list)
	})
}

// What theirs has nothing for: a connection that is replaced before it is too old, and a
// peer that has gone silent. Over the time in which ours has done either, theirs does nothing.
func TestOldConnectionsAndSilentPeers(t *testing.T) {
	t.Parallel()
	var dials sync.Map
	count := func(name string) *atomic.Int32 {
		n, _ := dials.LoadOrStore(name, new(atomic.Int32))
		return n.(*atomic.Int32) //nolint:errcheck,forcetypeassert // It panics.
	}
	server := func(name string, silent bool) string {
		srv := raw(t, func(http.ResponseWriter, *http.Request, int) bool { count(name).Add(1); return true }, func(p *peer) {
			p.ws.SetPingHandler(func(string) error { count(name + " pings").Add(1); return nil })
			p.send(created)
			if silent {
				p.drain()
				return
			}
			for data := p.read(); data != nil; data = p.read() {
				p.send(event("e1"))
			}
		})
		srv.Start()
		return srv.URL
	}
	idle := theirs(t, server("theirs", true), vendorsocket.Options{}, recovering(vendorsocket.RecoveryOptions{}))
	end := idle.background(t)
	dead := ours(t, server("silent", true), &realtime.Options{PingInterval: 50 * time.Millisecond, PingTimeout: 50 * time.Millisecond})
	require.ErrorIs(t, dead.end(t), socket.ErrPeerSilent)
	assert.Positive(t, count("silent pings").Load())
	old := ours(t, server("old", false), reconnecting(func(r *realtime.Reconnect) { r.MaxAge = 50 * time.Millisecond }))
	for kind := ""; kind != "realtime.reconnected"; {
		var err error
		kind, _, err = old.recv(within(t))
		require.NoError(t, err)
	}
	assert.Zero(t, count("theirs pings").Load())
	assert.EqualValues(t, 1, count("theirs").Load())
	assert.Empty(t, end)
	idle.abort()
	require.Error(t, <-end)
}

// A first dial that fails: ours repeats it if that is asked for.
func TestAFirstDial(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dial  func(t *testing.T, url string) error
		dials int32
	}{
		"theirs": {dials: 1, dial: func(t *testing.T, url string) error {
			t.Helper()
			_, err := dialTheirs(within(t), url, vendorsocket.Options{}, recovering(vendorsocket.RecoveryOptions{}))
			return err
		}},
		"ours": {dials: 1, dial: func(t *testing.T, url string) error {
			t.Helper()
			_, err := dialOurs(t, within(t), url, nil)
			return err
		}},
		"ours, if asked for": {dials: 2, dial: func(t *testing.T, url string) error {
			t.Helper()
			s, err := dialOurs(t, within(t), url, &realtime.Options{DialAttempts: 2})
			if err == nil {
				err = s.Close()
			}
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var dials atomic.Int32
			srv := raw(t, func(w http.ResponseWriter, _ *http.Request, n int) bool {
				dials.Add(1)
				if n == 1 {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				return n > 1
			}, func(p *peer) { p.send(created); p.drain() })
			srv.Start()
			err := tc.dial(t, srv.URL)
			assert.Equal(t, tc.dials > 1, err == nil, "%v", err)
			assert.Equal(t, tc.dials, dials.Load())
		})
	}
}
