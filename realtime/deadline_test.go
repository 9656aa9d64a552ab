package realtime

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

// later runs a func from the second call on.
func later(f func(ctx context.Context) error) func(ctx context.Context) error {
	var calls atomic.Int32
	return func(ctx context.Context) error {
		if calls.Add(1) == 1 {
			return nil
		}
		return f(ctx)
	}
}

func hangs(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// cancelledConn is a connection of a package that uses the errors of contexts as its own.
type cancelledConn struct{ net.Conn }

func (c *cancelledConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		err = fmt.Errorf("the tunnel is gone: %w", context.Canceled)
	}
	return n, err
}

// foreignEnd is a way in which a deadline that is no caller's ends a session.
type foreignEnd struct {
	dial, credential func(context.Context) error
	wrap             func(net.Conn) net.Conn
	o                Options
	want             func(error) bool
}

func foreignEnds() map[string]foreignEnd {
	transport := func(op string) func(error) bool {
		return func(err error) bool {
			e, ok := errors.AsType[*socket.TransportError](err)
			return ok && e.Op == op
		}
	}
	credential := func(err error) bool {
		_, ok := errors.AsType[*CredentialError](err)
		return ok
	}
	vault := func(context.Context) error { return fmt.Errorf("vault: %w", context.DeadlineExceeded) }
	twice := &Reconnect{Attempts: 2, RestoreTimeout: time.Minute}
	return map[string]foreignEnd{
		"a dial is too slow":       {dial: later(hangs), o: Options{Reconnect: twice}, want: transport("dial")},
		"restoring is too slow":    {o: Options{Reconnect: twice}, want: transport("restore")},
		"a credential is too slow": {credential: later(vault), o: Options{Reconnect: twice}, want: credential},
		"the network says so":      {wrap: func(c net.Conn) net.Conn { return &cancelledConn{c} }, want: transport("read")},
	}
}

// TestTheEndOfASessionIsNoEndOfACallersContext holds that a program can tell by errors.Is
// whether its own context has ended: a loop that goes on after the deadline of one call must
// not go on for the deadline of a redial, which every later call returns again.
func TestTheEndOfASessionIsNoEndOfACallersContext(t *testing.T) {
	t.Parallel()
	for name, tc := range foreignEnds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, network := scriptNet(t, func(p *peer) {
					if p.N == 1 {
						p.Created()
						p.Expect("conversation.item.retrieve")
						return
					}
					p.Drain()
				}, func(c *Config) {
					c.DialTimeout = 5 * time.Second
					if dial := c.DialContext; tc.dial != nil {
						c.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
							if err := tc.dial(ctx); err != nil {
								return nil, err
							}
							return dial(ctx, network, addr)
						}
					}
					if tc.credential != nil {
						c.Credentials = func(ctx context.Context) (Credential, error) { return Key("k"), tc.credential(ctx) }
					}
				})
				network.Wrap = tc.wrap
				s := connect(t, c, &tc.o)
				asked := make(chan error, 1)
				go func() {
					_, err := s.Request(t.Context(), &api.ConversationItemRetrieve{ItemID: "i"})
					asked <- err
				}()
				var end error
				for calls := 0; end == nil; calls++ {
					require.Less(t, calls, 1000, "the loop spins")
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					_, err := s.Recv(ctx)
					if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
						end = err
					}
					cancel()
				}
				for what, err := range map[string]error{
					"Recv": end, "Err": s.Err(), "Request": <-asked, "Send": s.Send(t.Context(), &api.ResponseCancel{}),
				} {
					require.Error(t, err, what)
					require.NotErrorIs(t, err, context.Canceled, what)
					require.NotErrorIs(t, err, context.DeadlineExceeded, what)
					assert.True(t, tc.want(err) || what == "Request" && errors.Is(err, ErrReplaced), "%s: %v", what, err)
				}
			})
		})
	}
}
