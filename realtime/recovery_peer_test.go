package realtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

// blocked is a log handler that waits at one message.
type blocked struct {
	slog.Handler

	message     string
	at, proceed chan struct{}
}

func (h blocked) Enabled(context.Context, slog.Level) bool { return true }

func (h blocked) Handle(_ context.Context, r slog.Record) error {
	if r.Message == h.message {
		close(h.at)
		<-h.proceed
	}
	return nil
}

// TestCloseMeetsTheEndOfAReconnection closes a session whose new connection is complete
// and not in use yet.
func TestCloseMeetsTheEndOfAReconnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := blocked{Handler: slog.DiscardHandler, message: "realtime reconnected", at: make(chan struct{}), proceed: make(chan struct{})}
		c := script(t, func(p *peer) {
			p.Created()
			if p.N > 1 {
				p.Drain()
			}
		}, func(c *Config) { c.Logger = slog.New(h) })
		s := connect(t, c, &Options{CloseTimeout: time.Second, PingInterval: -1, Reconnect: &Reconnect{}})
		s.Discard()
		<-h.at
		require.NoError(t, s.SendText(t.Context(), "kept"))
		begin := time.Now()
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		synctest.Wait()
		close(h.proceed)
		_, unsent := errors.AsType[*socket.UnsentError](<-closed)
		assert.True(t, unsent)
		assert.LessOrEqual(t, time.Since(begin), time.Second)
		require.ErrorIs(t, s.Err(), io.EOF)
	})
}

// TestMuteServer holds that a server that confirms no item costs one attempt, and
// that what is sent to it unconfirmed is counted.
func TestMuteServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := make(chan string, 9)
		c := script(t, func(p *peer) {
			p.Created()
			for m := p.Read(); m != nil; m = p.Read() {
				got <- fmt.Sprint(p.N, " ", textAt(m, "item", "id"))
				if p.N == 1 {
					return
				}
			}
		})
		s := connect(t, c, &Options{PingInterval: -1, Reconnect: &Reconnect{}})
		require.NoError(t, s.Send(t.Context(), &api.ConversationItemCreate{Item: &api.UserMessage{ID: new("a")}}))
		again := next[*Reconnected](t, s)
		assert.Equal(t, 2, again.Attempts)
		assert.Len(t, again.Uncertain, 1)
		assert.Empty(t, again.Restored)
		assert.Empty(t, again.Lost)
		require.NoError(t, s.Close())
		var all []string
		for len(got) > 0 {
			all = append(all, <-got)
		}
		assert.Equal(t, []string{"1 a", "2 a", "3 a"}, all, "once a connection")
	})
}

// TestAnonymousRefusals restores with a server that names no event in its errors.
func TestAnonymousRefusals(t *testing.T) {
	t.Parallel()
	for name, member := range map[string]string{"without a name": "", "with a constant": `,"event_id":"event_TODO"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testAnonymousRefusals(t, `{"type":"error","event_id":"e","error":{"type":"invalid_request_error","message":"no thanks"`+member+`}}`)
		})
	}
}

func testAnonymousRefusals(t *testing.T, refusal string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		const (
			updated = `{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"s","object":"realtime.session","model":"m","instructions":"%s"}}`
		)
		var settings []string
		c := script(t, func(p *peer) {
			p.Created()
			for m := p.Read(); m != nil; m = p.Read() {
				switch {
				case m["type"] == "session.update":
					words := textAt(m, "session", "instructions")
					if p.N == 2 {
						settings = append(settings, words)
					}
					if words == "refused" {
						p.Send(refusal)
						continue
					}
					p.Send(fmt.Sprintf(updated, words))
				case textAt(m, "item", "id") == "refused" && p.N == 2:
					p.Send(refusal)
				case p.N == 1 && textAt(m, "item", "id") == "last":
					return
				default:
					p.Send(item(textAt(m, "item", "id"), `"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]`))
				}
			}
		})
		s := connect(t, c, &Options{PingInterval: -1, Reconnect: &Reconnect{}})
		for _, words := range []string{"good", "refused", "better"} {
			require.NoError(t, s.Send(t.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{Instructions: &words}}))
		}
		for _, id := range []string{"a", "refused", "last"} {
			require.NoError(t, s.Send(t.Context(), &api.ConversationItemCreate{Item: &api.UserMessage{
				ID: &id, Content: []api.UserContent{{Type: api.UserContentTypeInputText, Text: new("x")}},
			}}))
		}
		again := next[*Reconnected](t, s)
		assert.True(t, again.Settings)
		assert.Equal(t, []string{"a", "last"}, again.Restored)
		require.Len(t, again.Lost, 1)
		assert.Contains(t, again.Lost[0].Reason, "no thanks")
		require.NoError(t, s.Close())
		assert.Equal(t, []string{"better"}, settings, "what was refused is in none of the settings")
	})
}

// TestRefusalOfARestorationIsNoRequests holds that a request waits on for its own answer
// while the server refuses, and names no event, what the restoration sends.
func TestRefusalOfARestorationIsNoRequests(t *testing.T) {
	t.Parallel()
	const refusal = `{"type":"error","event_id":"e","error":{"type":"invalid_request_error","message":"no thanks"}}`
	for name, early := range map[string]bool{"the connection": true, "the settings": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := script(t, func(p *peer) {
					if early && p.N == 2 {
						p.Send(strings.Replace(refusal, "no thanks", `later","code":"`+CodeRateLimited, 1))
						p.Drain()
						return
					}
					p.Created()
					for m := p.Read(); m != nil; m = p.Read() {
						words := textAt(m, "session", "instructions")
						switch {
						case p.N == 1 && words == "second":
							return
						case p.N == 2 && words == "first":
							p.Send(refusal)
						default:
							p.Send(fmt.Sprintf(`{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"s","instructions":%q}}`, words))
						}
					}
				})
				s := connect(t, c, &Options{PingInterval: -1, Reconnect: &Reconnect{}})
				s.Discard()
				for _, words := range []string{"first", "second"} {
					now, err := s.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: &words})
					require.NoError(t, err, words)
					session, ok := now.(*api.RealtimeSession)
					require.True(t, ok)
					assert.Equal(t, words, *session.Instructions)
				}
				require.NoError(t, s.Close())
			})
		})
	}
}

// TestCredentialsSeeConnectsValues holds that a redial asks for the credential of the
// tenant that connected, although that context has ended.
func TestCredentialsSeeConnectsValues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type tenant struct{}
		var asked []any
		c := script(t, func(p *peer) {
			p.Created()
			if p.N > 1 {
				p.Drain()
			}
		}, func(c *Config) {
			c.Credentials = func(ctx context.Context) (Credential, error) {
				asked = append(asked, ctx.Value(tenant{}))
				_, bounded := ctx.Deadline()
				assert.Equal(t, len(asked) > 1, bounded)
				return Key("sk"), ctx.Err()
			}
		})
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), tenant{}, "acme"))
		s, err := c.Connect(ctx, Model("m"), &Options{PingInterval: -1, Reconnect: &Reconnect{}})
		require.NoError(t, err)
		cancel()
		next[*Reconnected](t, s)
		require.NoError(t, s.Close())
		assert.Equal(t, []any{"acme", "acme"}, asked)
	})
}

// TestAnOutageOfACallForgetsWhatItDidNotAnswer holds that the conversation beside a call
// asks for no item whose answer an outage took: whether the server has it is not known.
func TestAnOutageOfACallForgetsWhatItDidNotAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			if p.N == 1 {
				p.Expect("conversation.item.create")
				p.Expect("conversation.item.create")
				return
			}
			p.Drain()
		})
		s, err := c.Connect(t.Context(), Call("rtc_1"), &Options{PingInterval: -1, Reconnect: &Reconnect{}})
		require.NoError(t, err)
		for _, id := range []string{"a", "last"} {
			require.NoError(t, s.SendItem(t.Context(), &api.UserMessage{ID: &id, Content: []api.UserContent{{Type: api.UserContentTypeInputText, Text: new("x")}}}))
		}
		next[*Reconnected](t, s)
		assert.Empty(t, s.Conversation().Items())
		require.NoError(t, s.Close())
	})
}

// TestARefusalOfAFailedAttemptIsListed holds that an item is listed as lost, once, although
// the attempt in which the server refused it has failed afterwards.
func TestARefusalOfAFailedAttemptIsListed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			for m := p.Read(); m != nil; m = p.Read() {
				id := textAt(m, "item", "id")
				switch {
				case p.N == 1 && id == "b", p.N == 2 && id == "b":
					return
				case p.N == 1:
				case id == "a":
					p.Send(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","message":"no thanks","event_id":"` + textAt(m, "event_id") + `"}}`)
				default:
					p.Send(item(id, `"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]`))
				}
			}
		})
		s := connect(t, c, &Options{PingInterval: -1, Reconnect: &Reconnect{}})
		for _, id := range []string{"a", "b"} {
			require.NoError(t, s.Send(t.Context(), &api.ConversationItemCreate{Item: &api.UserMessage{ID: &id}}))
		}
		again := next[*Reconnected](t, s)
		assert.Equal(t, 2, again.Attempts)
		assert.Equal(t, []string{"b"}, again.Restored)
		require.Len(t, again.Lost, 1)
		assert.Equal(t, "a", again.Lost[0].ID)
		assert.Contains(t, again.Lost[0].Reason, "no thanks")
		require.NoError(t, s.Close())
	})
}
