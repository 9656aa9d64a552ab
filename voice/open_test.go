package voice

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// holding has the server hold speech open for longer than any test.
func (c *call) holding() {
	c.t.Helper()
	_, err := c.session.Update(c.t.Context(), &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
		TurnDetection: &api.ServerVAD{SilenceDurationMS: new(3_600_000)},
	}}})
	require.NoError(c.t, err)
}

// TestSpeechThatTheServerHoldsOpenIsCleared has the server hear speech begin and never end.
// The input is cleared once the line has been silent for long enough, and only then.
func TestSpeechThatTheServerHoldsOpenIsCleared(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]audio.Format{"mu-law": audio.ULaw, "PCM": audio.PCM24k, "converted": audio.PCM16k} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := dial(t, realtimetest.Script{}, NewSimLine(f, f), nil)
				c.holding()
				c.say(time.Second)
				time.Sleep(9 * time.Second)
				assert.Empty(t, typesOf(c.conn(), "input_audio_buffer.clear"))
				c.say(time.Second) // The caller goes on.
				time.Sleep(9 * time.Second)
				assert.Empty(t, typesOf(c.conn(), "input_audio_buffer.clear"))
				time.Sleep(2 * time.Second)
				assert.Len(t, typesOf(c.conn(), "input_audio_buffer.clear"), 1)
				time.Sleep(time.Minute)
				assert.Len(t, typesOf(c.conn(), "input_audio_buffer.clear"), 1, "once for each speech")
				c.say(time.Second)
				time.Sleep(time.Minute)
				assert.Len(t, typesOf(c.conn(), "input_audio_buffer.clear"), 2)
				require.NoError(t, c.hangUp())
			})
		})
	}
}

// TestSpeechIsNotClearedWithoutReason holds when nothing is cleared.
func TestSpeechIsNotClearedWithoutReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o       *BridgeOptions
		holding bool
		speaks  time.Duration
	}{
		"a turn that ends":       {speaks: time.Second},
		"a long story":           {holding: true, speaks: time.Minute},
		"the option is negative": {o: &BridgeOptions{OpenSilence: -1}, holding: true, speaks: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := dial(t, realtimetest.Script{}, NewSimLine(audio.ULaw, audio.ULaw), c.o)
				if c.holding {
					l.holding()
				}
				l.say(c.speaks)
				if c.speaks == time.Second {
					time.Sleep(time.Minute)
				}
				assert.Empty(t, typesOf(l.conn(), "input_audio_buffer.clear"))
				require.NoError(t, l.hangUp())
			})
		})
	}
}
