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
