package agent

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest"
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
