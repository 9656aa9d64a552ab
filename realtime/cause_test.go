package realtime

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestErrorsKeepContextAndCause holds that a caller may ask for the context's
// error or for the cause that it was cancelled with.
func TestErrorsKeepContextAndCause(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(ctx context.Context, c *Client, s *Session, r *ResponseStream) error{
		"Connect": func(ctx context.Context, c *Client, _ *Session, _ *ResponseStream) error {
			_, err := c.Connect(ctx, Model("m"), nil)
			return err
		},
		"Do": func(ctx context.Context, _ *Client, _ *Session, _ *ResponseStream) error {
			c, err := NewClient(&Config{
				APIKey: "k", BaseURL: "http://127.0.0.1/v1", Proxy: NoProxy,
				DialContext: func(context.Context, string, string) (net.Conn, error) {
					<-ctx.Done()
					return nil, net.ErrClosed
				},
			})
			require.NoError(t, err)
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.API().Server+"x", nil)
			require.NoError(t, err)
			_, err = c.Do(r)
			return err
		},
		"Send": func(ctx context.Context, _ *Client, s *Session, _ *ResponseStream) error {
			for { // Nobody reads, so that the queue fills.
				if err := s.AppendAudio(ctx, make([]byte, 64)); err != nil {
					return err
				}
			}
		},
		"PaceAudio": func(ctx context.Context, _ *Client, s *Session, _ *ResponseStream) error {
			_, err := s.PaceAudio(ctx, bytes.NewReader(make([]byte, 1<<20)), Pace{})
			return err
		},
		"Recv": func(ctx context.Context, _ *Client, s *Session, _ *ResponseStream) error {
			for {
				if _, err := s.Recv(ctx); err != nil {
					return err
				}
			}
		},
		"Run": func(ctx context.Context, _ *Client, s *Session, _ *ResponseStream) error { return NewMux().Run(ctx, s) },
		"Request": func(ctx context.Context, _ *Client, s *Session, _ *ResponseStream) error {
			_, err := s.Request(ctx, &api.InputAudioBufferClear{})
			return err
		},
		"Answer": func(ctx context.Context, _ *Client, _ *Session, r *ResponseStream) error {
			_, err := r.Answer(ctx)
			return err
		},
		"Audio": func(ctx context.Context, _ *Client, _ *Session, r *ResponseStream) error {
			_, err := r.Audio(ctx).Read(make([]byte, 1))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := script(t, func(p *peer) {
					if p.N > 1 {
						p.Drain()
						return
					}
					p.Created()
					p.Send(created("r1", tagOf(p.Expect("response.create"))))
					<-t.Context().Done()
				})
				s := connect(t, c, &Options{SendQueueBytes: 256, PingInterval: -1, CloseTimeout: time.Second})
				r, err := s.Respond(t.Context(), nil)
				require.NoError(t, err)
				reason := errors.New("the user has left")
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(reason) })
				err = call(ctx, c, s, r)
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, reason)
			})
		})
	}
}
