package realtime

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

var errEnough = errors.New("enough")

// abortable is what the sessions of all kinds have in common.
type abortable interface {
	Abort(cause error) error
	Close() error
	Done() <-chan struct{}
	Err() error
	Flush(ctx context.Context) error
	CloseStatus() *socket.CloseError
	TakeUnsent() []socket.UnsentEvent
}

func TestAbortEndsAtOnce(t *testing.T) {
	t.Parallel()
	// One write is under way, and never ends; another waits.
	for name, open := range map[string]func(*testing.T, *Client, *Options) (s abortable, send func() error, recv func() error){
		"conversation": func(t *testing.T, c *Client, o *Options) (abortable, func() error, func() error) {
			t.Helper()
			s, err := c.Connect(t.Context(), Model("m"), o)
			require.NoError(t, err)
			return s, func() error { return s.Send(t.Context(), &api.ResponseCancel{}) },
				func() error { _, err := s.Recv(t.Context()); return err }
		},
		"raw": func(t *testing.T, c *Client, o *Options) (abortable, func() error, func() error) {
			t.Helper()
			s, err := c.ConnectRaw(t.Context(), Model("m"), o)
			require.NoError(t, err)
			synctest.Wait()
			return s, func() error { return s.Send(t.Context(), []byte("{}")) },
				func() error { _, err := s.Recv(t.Context()); return err }
		},
		"translation": func(t *testing.T, c *Client, o *Options) (abortable, func() error, func() error) {
			t.Helper()
			s, err := c.ConnectTranslation(t.Context(), "m", o)
			require.NoError(t, err)
			return s, func() error {
					return s.Send(t.Context(), &api.TranslationInputAudioBufferAppend{Audio: []byte{1, 2}})
				},
				func() error { _, err := s.Recv(t.Context()); return err }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := script(t, func(p *peer) { p.Created(); <-t.Context().Done() })
				s, send, recv := open(t, c, &Options{PingInterval: -1, WriteTimeout: -1, CloseTimeout: time.Hour})
				require.NoError(t, send())
				synctest.Wait()
				require.NoError(t, send())
				begin := time.Now()
				err := s.Abort(errEnough)
				unsent, ok := errors.AsType[*socket.UnsentError](err)
				require.True(t, ok, "%v", err)
				assert.Len(t, unsent.Uncertain, 1)
				assert.Len(t, unsent.Unsent, 1)
				assert.Zero(t, time.Since(begin))
				<-s.Done()
				assert.Equal(t, errEnough, s.Err())
				assert.Equal(t, &socket.CloseError{Code: 1006, Reason: "enough", Local: true}, s.CloseStatus())
				require.ErrorIs(t, s.Flush(t.Context()), errEnough)
				require.ErrorIs(t, send(), errEnough)
				require.NoError(t, recv(), "what had arrived")
				require.Equal(t, errEnough, recv())

				assert.Equal(t, err, s.Abort(io.ErrUnexpectedEOF), "it changes nothing")
				assert.Equal(t, err, s.Close())
				assert.Equal(t, errEnough, s.Err())
				assert.Len(t, s.TakeUnsent(), 1)
			})
		})
	}
}

func TestAbortFailsWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		s := connect(t, script(t, func(p *peer) {
			p.Created()
			for {
				if _, _, err := p.WS.ReadMessage(); err != nil {
					ended <- err
					return
				}
			}
		}), nil)
		next[*api.SessionCreated](t, s)
		fails := make(chan error, 3)
		go func() {
			_, err := s.Request(t.Context(), &api.ResponseCreate{})
			fails <- err
		}()
		go func() {
			_, err := s.Recv(t.Context())
			fails <- err
		}()
		go func() {
			for _, err := range s.Responses(t.Context()) {
				fails <- err
			}
		}()
		synctest.Wait()
		require.NoError(t, s.Abort(nil), "everything was written")
		for range 3 {
			require.ErrorIs(t, <-fails, socket.ErrAborted)
		}
		assert.True(t, websocket.IsCloseError(<-ended, 1006), "there was no close frame")
		assert.Contains(t, s.CloseStatus().Error(), "aborted by this side")
	})
}

// TestAbortBesideClose aborts while Close waits for a server that does not answer.
func TestAbortBesideClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := connect(t, script(t, func(p *peer) { p.Created(); <-t.Context().Done() }), &Options{CloseTimeout: time.Hour})
		next[*api.SessionCreated](t, s)
		closed := make(chan error, 1)
		begin := time.Now()
		go func() { closed <- s.Close() }()
		synctest.Wait()
		require.NoError(t, s.Abort(errEnough))
		require.NoError(t, <-closed)
		assert.Zero(t, time.Since(begin))
		_, err := s.Recv(t.Context())
		require.ErrorIs(t, err, errEnough)

		s = connect(t, script(t, func(p *peer) { p.Created(); p.Drain() }), nil)
		require.NoError(t, s.Close())
		require.NoError(t, s.Abort(errEnough))
		require.ErrorIs(t, s.Err(), io.EOF, "an end stays what it was")
	})
}

// gated is a log that waits before it takes the record of a reconnection.
type gated struct {
	slog.Handler

	at, pass chan struct{}
}

func (gated) Enabled(context.Context, slog.Level) bool { return true }

func (h gated) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "realtime reconnected" {
		close(h.at)
		<-h.pass
	}
	return nil
}

func TestAbortDuringReconnection(t *testing.T) {
	t.Parallel()
	play := func(p *peer) {
		p.Created()
		if p.N > 1 {
			p.Drain()
		}
	}
	t.Run("in a pause", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := connect(t, script(t, play), &Options{Reconnect: &Reconnect{InitialDelay: time.Hour, MaxDelay: time.Hour}})
			next[*Reconnecting](t, s)
			require.NoError(t, s.SendText(t.Context(), "lost"))
			begin := time.Now()
			err := s.Abort(errEnough)
			unsent, ok := errors.AsType[*socket.UnsentError](err)
			require.True(t, ok, "%v", err)
			assert.Len(t, unsent.Unsent, 1)
			assert.Zero(t, time.Since(begin))
			assert.ErrorIs(t, s.Err(), errEnough)
		})
	})
	t.Run("restored and not in use", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := gated{Handler: slog.DiscardHandler, at: make(chan struct{}), pass: make(chan struct{})}
			c := script(t, play, func(c *Config) { c.Logger = slog.New(h) })
			s := connect(t, c, &Options{CloseTimeout: time.Hour, Reconnect: &Reconnect{}})
			next[*Reconnecting](t, s)
			require.NoError(t, s.Send(t.Context(), &api.ResponseCancel{}))
			<-h.at
			aborted := make(chan error, 1)
			begin := time.Now()
			go func() { aborted <- s.Abort(errEnough) }()
			synctest.Wait()
			close(h.pass)
			unsent, ok := errors.AsType[*socket.UnsentError](<-aborted)
			require.True(t, ok)
			assert.Len(t, unsent.Unsent, 1, "nothing of it was written")
			assert.Empty(t, unsent.Uncertain)
			assert.Zero(t, time.Since(begin))
			assert.ErrorIs(t, s.Err(), errEnough)
		})
	})
}
