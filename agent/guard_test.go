package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// TestTheMostFrequentGuardSetsThePace has two guards, of which one looks at every few
// characters: it is asked before the answer is over.
func TestTheMostFrequentGuardSetsThePace(t *testing.T) {
	t.Parallel()
	card := errors.New("a card number")
	often := Guard{Name: "often", Every: 5, Instead: "No.", Check: func(_ context.Context, said string) error {
		if strings.Contains(said, "4111") {
			return card
		}
		return nil
	}}
	seldom := Guard{Name: "seldom", Check: func(context.Context, string) error { return nil }}
	output := Guard{Name: "of tools", Every: 1, Output: func(context.Context, *Call) error { return nil }}
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("card"), Times: 1, Do: []realtimetest.Step{say("It is 4111."), realtimetest.Hang{}}},
		rule(nil, say("No.")),
	}}
	for name, guards := range map[string][]Guard{"first": {often, seldom, output}, "last": {output, seldom, often}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			talk(t, script, &Agent{Guards: guards}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
				t.Helper()
				turn := asked(t, c, "My card?")
				require.NotNil(t, turn.Guard)
				assert.Equal(t, "often", turn.Guard.Guard.Name)
			})
		})
	}
}

// TestAShortAnswerIsCheckedAtItsEnd has an answer that is shorter than what guards look at
// by default, and no second check of the same text.
func TestAShortAnswerIsCheckedAtItsEnd(t *testing.T) {
	t.Parallel()
	var checked []string
	guard := Guard{Check: func(_ context.Context, said string) error {
		checked = append(checked, said)
		return nil
	}}
	long := strings.Repeat("All is well. ", 40)
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Said("long"), say(long)),
		rule(nil, say("Yes.")),
	}}
	talk(t, script, &Agent{Guards: []Guard{guard}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		assert.Nil(t, asked(t, c, "Are you there?").Guard)
		assert.Equal(t, []string{"Yes."}, checked)
		checked = nil
		asked(t, c, "A long answer, please.")
		assert.Greater(t, len(checked), 1, "before the end, too")
		assert.LessOrEqual(t, len(checked), 1+len(long)/checkEvery)
		assert.Equal(t, long, checked[len(checked)-1])
	})
}

// TestAGuardLooksOnceItHasEnough has an answer of exactly as many characters as a guard looks
// at stop there, before its end.
func TestAGuardLooksOnceItHasEnough(t *testing.T) {
	t.Parallel()
	const text = "Ação: 4111."
	checked := make(chan string, 9)
	guard := Guard{Every: utf8.RuneCountInString(text), Check: func(_ context.Context, said string) error {
		checked <- said
		return nil
	}}
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say(text), realtimetest.Hang{})}}
	talk(t, script, &Agent{Guards: []Guard{guard}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		_, err := c.Ask(t.Context(), "My card?")
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.Len(t, checked, 1)
		assert.Equal(t, text, <-checked)
	})
}

// stubborn is a line that plays what it is given at once, as it says, and drops nothing.
type stubborn struct{ fault error }

func (*stubborn) Formats() (in, out audio.Format) { return audio.PCM24k, audio.PCM24k }

func (*stubborn) Receive(ctx context.Context) (voice.Input, error) {
	<-ctx.Done()
	return voice.Input{}, ctx.Err()
}

func (*stubborn) Play(context.Context, []byte) error { return nil }

func (l *stubborn) Clear(context.Context) error { return l.fault }

// TestSoundThatAGuardCannotStopIsAWarning has the line fail when a guard trips.
func TestSoundThatAGuardCannotStopIsAWarning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, realtimetest.Say{Text: "It is 4111.", Audio: realtimetest.Tone(20 * time.Second)})}}
		srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
		defer srv.Close()
		l := &stubborn{errors.New("the line is deaf")}
		guard := Guard{Every: 1, Check: func(context.Context, string) error {
			time.Sleep(time.Second) // Some is heard.
			return errors.New("a card number")
		}}
		c, err := Start(t.Context(), dial(t, srv, "gpt-realtime"), &Agent{Guards: []Guard{guard}}, &Options{Line: l})
		require.NoError(t, err)
		events := c.Watch(t.Context())
		_, err = c.Ask(t.Context(), "My card?")
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.NoError(t, c.Close())
		errs := warnings(t, events)
		require.Len(t, errs, 1)
		assert.ErrorIs(t, errs[0], l.fault)
	})
}
