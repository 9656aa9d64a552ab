package agent

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// TestAKeyThatFailsIsAWarning has the program refuse one of two keys.
func TestAKeyThatFailsIsAWarning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{PingInterval: -1})
		defer srv.Close()
		fault := errors.New("no such choice")
		l := voice.NewSimLine(audio.ULaw, audio.ULaw)
		c, err := Start(t.Context(), dial(t, srv, "gpt-realtime"), &Agent{}, &Options{Line: l, Keys: func(_ context.Context, _ *Conversation, key rune) error {
			if key == '9' {
				return fault
			}
			return nil
		}})
		require.NoError(t, err)
		events := c.Watch(t.Context())
		l.Press("19")
		time.Sleep(5 * time.Second)
		require.NoError(t, c.Close())
		var warnings []error
		for e, err := range events {
			require.NoError(t, err)
			if w, ok := e.(*Warning); ok {
				warnings = append(warnings, w.Err)
			}
		}
		require.Len(t, warnings, 1)
		assert.ErrorIs(t, warnings[0], fault)
	})
}

// TestTheKeyThatEndsIsNotWaitedFor presses keys with and without the one that ends them.
func TestTheKeyThatEndsIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{PingInterval: -1})
		defer srv.Close()
		l := voice.NewSimLine(audio.ULaw, audio.ULaw)
		c, err := Start(t.Context(), dial(t, srv, "gpt-realtime"), &Agent{}, &Options{Line: l})
		require.NoError(t, err)
		told := func() int { return len(realtimetest.AllReceived[*api.ConversationItemCreate](srv.Conns()[0])) }
		l.Press("1#")
		time.Sleep(keyPause / 2)
		assert.Equal(t, 1, told())
		l.Press("2")
		time.Sleep(keyPause / 2)
		assert.Equal(t, 1, told(), "more keys may follow")
		time.Sleep(keyPause)
		assert.Equal(t, 2, told())
		require.NoError(t, c.Close())
	})
}
