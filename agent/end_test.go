package agent

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// TestTheEndCutsWhatIsBeingSaid closes a conversation in the middle of an answer, and while
// a tool runs: only the first is cut.
func TestTheEndCutsWhatIsBeingSaid(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Said("story"), say("Once upon a time"), realtimetest.Hang{}),
		rule(realtimetest.Said("search"), calling("search", `{"city":"Porto"}`)),
	}}
	tool := Func("search", "Searches.", func(ctx context.Context, _ place) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	})
	for text, cut := range map[string]bool{"A story, please.": true, "Search!": false} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			talk(t, script, &Agent{Tools: []Tool{tool}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				turns := c.Turns(t.Context())
				answer, err := c.Ask(t.Context(), text)
				require.NoError(t, err)
				time.Sleep(time.Second)
				require.NoError(t, c.Close())
				_, err = answer.Turn(t.Context())
				require.ErrorIs(t, err, ErrEnded)
				ends := 0
				for piece, err := range answer.Text(t.Context()) {
					if err != nil {
						ends++
						require.ErrorIs(t, err, ErrEnded)
						require.Empty(t, piece)
					}
				}
				assert.Equal(t, 1, ends)
				n := 0
				for turn, err := range turns {
					require.NoError(t, err)
					assert.Equal(t, cut, turn.Cut)
					n++
				}
				assert.Equal(t, 1, n)
			})
		})
	}
}

// TestNoAnswerOutlivesItsConversation closes a conversation with an answer at each stage: its
// question is on its way to the agent, it waits for another, and it has begun.
func TestNoAnswerOutlivesItsConversation(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Once upon a time"), realtimetest.Hang{})}}
	nudge := func(t *testing.T, c *Conversation) *Answer {
		t.Helper()
		answer, err := c.Nudge(t.Context(), "Tell a story.")
		require.NoError(t, err)
		return answer
	}
	for name, begin := range map[string]func(t *testing.T, c *Conversation) *Answer{
		"on its way": func(t *testing.T, c *Conversation) *Answer {
			t.Helper()
			answer, err := c.Ask(t.Context(), "A story, please.")
			require.NoError(t, err)
			return answer
		},
		"waits": func(t *testing.T, c *Conversation) *Answer {
			t.Helper()
			nudge(t, c)
			return nudge(t, c)
		},
		"has begun": nudge,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := realtime.NewMux()
			realtime.On(m, func(context.Context, *realtime.Session, *api.ConversationItemAdded) error {
				time.Sleep(time.Minute)
				return nil
			})
			talk(t, script, &Agent{}, &Options{Bridge: &voice.BridgeOptions{Mux: m}}, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				answer := begin(t, c)
				time.Sleep(time.Second)
				require.NoError(t, c.Close())
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := answer.Turn(ctx)
				require.ErrorIs(t, err, ErrEnded)
			})
		})
	}
}

// TestALineIsTheProgramsThatEndsTheConversation closes a conversation while the agent says
// goodbye to end it itself: the line is not hung up.
func TestALineIsTheProgramsThatEndsTheConversation(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Said("bye"), say("Goodbye, and thank you for your call to the travel agency of Lisbon."), calling("end_call", `{}`)),
	}}
	phone(t, script, &Agent{Tools: []Tool{EndCall("After goodbye.")}}, Options{}, func(t *testing.T, c *Conversation, l *voice.SimLine, _ *realtimetest.Server) {
		t.Helper()
		_, err := c.Ask(t.Context(), "Bye.")
		require.NoError(t, err)
		time.Sleep(2 * time.Second)
		c.mu.Lock()
		require.True(t, c.departing && !c.finished, "the goodbye is not being heard")
		c.mu.Unlock()
		require.NoError(t, c.Close())
		time.Sleep(time.Minute)
		select {
		case <-l.Ended():
			assert.Fail(t, "the line was hung up")
		default:
		}
		assert.Equal(t, Program, c.End().By)
	})
}
