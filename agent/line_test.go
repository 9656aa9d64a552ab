package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/voice"
)

// speech is a tone in the format of the simulated line.
func speech(d time.Duration) []byte {
	var samples []int16
	for i, sample := range audio.PCM24k.AppendSamples(nil, realtimetest.Tone(d)) {
		if i%3 == 0 {
			samples = append(samples, sample)
		}
	}
	return audio.ULaw.AppendBytes(nil, samples)
}

// phone runs a test with a conversation over a simulated telephone, in a bubble.
func phone(t *testing.T, script realtimetest.Script, a *Agent, o Options, f func(t *testing.T, c *Conversation, l *voice.SimLine, srv *realtimetest.Server)) {
	t.Helper()
	for name, behaviour := range map[string]voice.ClearBehaviour{
		"returns marks": voice.ClearReturnsMarks, "drops marks": voice.ClearDropsMarks, "ignores marks": voice.ClearIgnoresMarks,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
				defer srv.Close()
				l := voice.NewSimLine(audio.ULaw, audio.ULaw)
				l.OnClear = behaviour
				o := o
				o.Line = l
				s := (*realtime.Session)(nil)
				if o.Connect == nil {
					s = dial(t, srv, "gpt-realtime")
				} else {
					o.Connect = func(_ context.Context, a *Agent) (*realtime.Session, error) { return dial(t, srv, "gpt-realtime"), nil }
				}
				c, err := Start(t.Context(), s, a, &o)
				require.NoError(t, err)
				defer watched(t, c)()
				f(t, c, l, srv)
			})
		})
	}
}

func TestBooksOnThePhoneAndSaysGoodbye(t *testing.T) {
	t.Parallel()
	type day struct {
		Day string `json:"day"`
	}
	script := realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "Tuesday, please."}},
		Rules: []realtimetest.Rule{
			rule(realtimetest.Returned("book"), say("Done. Goodbye."), calling("end_call", "{}")),
			rule(realtimetest.Said("tuesday"), calling("book", `{"day":"tuesday"}`)),
		},
	}
	book := func(_ context.Context, d day) (string, error) { return "ok " + d.Day, nil }
	a := &Agent{Tools: []Tool{Func("book", "Books a day.", book), EndCall("After goodbye.")}}
	phone(t, script, a, Options{}, func(t *testing.T, c *Conversation, l *voice.SimLine, _ *realtimetest.Server) {
		t.Helper()
		turns := c.Turns(t.Context())
		require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
		require.NoError(t, c.Wait(t.Context()))
		assert.Equal(t, Model, c.End().By)
		<-l.Ended()
		assert.Greater(t, audio.ULaw.Duration(len(l.Heard())), 500*time.Millisecond, "the goodbye was heard")
		n := 0
		for turn, err := range turns {
			require.NoError(t, err)
			assert.Equal(t, "Tuesday, please.", turn.User)
			assert.Equal(t, "Done. Goodbye.", turn.Said)
			assert.Empty(t, turn.Unheard)
			assert.False(t, turn.Cut)
			assert.Len(t, turn.Calls, 2)
			assert.Positive(t, turn.FirstSound)
			assert.GreaterOrEqual(t, turn.FirstHeard, turn.FirstSound)
			assert.Positive(t, turn.Usage.TotalTokens)
			n++
		}
		assert.Equal(t, 1, n)
	})
}

func TestTheUserInterrupts(t *testing.T) {
	t.Parallel()
	long := "This is a long story that goes on and on until somebody has heard enough of it and says so aloud."
	script := realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "A story, please."}, {Text: "Stop."}},
		Rules: []realtimetest.Rule{
			rule(realtimetest.Said("story"), say(long)),
			rule(realtimetest.Said("stop"), say("All right.")),
		},
	}
	phone(t, script, &Agent{}, Options{}, func(t *testing.T, c *Conversation, l *voice.SimLine, srv *realtimetest.Server) {
		t.Helper()
		turns := c.Turns(t.Context())
		require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
		time.Sleep(2500 * time.Millisecond)
		require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
		time.Sleep(10 * time.Second)
		l.Leave()
		require.NoError(t, c.Wait(t.Context()))
		assert.Equal(t, User, c.End().By)
		var all []*Turn
		for turn, err := range turns {
			require.NoError(t, err)
			all = append(all, turn)
		}
		require.Len(t, all, 2)
		assert.True(t, all[0].Cut)
		assert.NotEmpty(t, all[0].Said)
		assert.NotEmpty(t, all[0].Unheard)
		assert.Equal(t, "Stop.", all[1].User)
		assert.Equal(t, "All right.", all[1].Said)
		cuts := realtimetest.AllReceived[*api.ConversationItemTruncate](srv.Conns()[0])
		require.Len(t, cuts, 1)
		assert.Less(t, cuts[0].AudioEndMS, 3000)
	})
}

func TestKeysAreInputOfTheUser(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Said("telephone: 12)"), say("Account one two.")),
		rule(realtimetest.Said("telephone: 3)"), say("Three.")),
		rule(realtimetest.Said("telephone: #)"), say("Only the end.")),
		rule(nil, say("I do not know.")),
	}}
	phone(t, script, &Agent{}, Options{}, func(t *testing.T, c *Conversation, l *voice.SimLine, _ *realtimetest.Server) {
		t.Helper()
		turns := c.Turns(t.Context())
		l.Press("12#")
		time.Sleep(10 * time.Second)
		l.Press("3")
		time.Sleep(10 * time.Second)
		l.Press("#")
		time.Sleep(10 * time.Second)
		require.NoError(t, c.Close())
		var said []string
		for turn, err := range turns {
			require.NoError(t, err)
			said = append(said, turn.Said)
		}
		assert.Equal(t, []string{"Account one two.", "Three.", "Only the end."}, said)
	})
}

// TestWordsThatAreNotKnownAreNotReported speaks two turns, of which the server transcribes
// one.
func TestWordsThatAreNotKnownAreNotReported(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{
		Heard: []realtimetest.Heard{{Failure: &api.TranscriptionError{Type: "server_error"}}, {Text: "Good morning."}},
		Rules: []realtimetest.Rule{rule(nil, say("Yes?"))},
	}
	phone(t, script, &Agent{}, Options{}, func(t *testing.T, c *Conversation, l *voice.SimLine, _ *realtimetest.Server) {
		t.Helper()
		events := c.Watch(t.Context())
		for range 2 {
			require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
			time.Sleep(10 * time.Second)
		}
		require.NoError(t, c.Close())
		var words []string
		for e, err := range events {
			require.NoError(t, err)
			if said, ok := e.(*UserSaid); ok {
				words = append(words, said.Text)
			}
		}
		assert.Equal(t, []string{"Good morning."}, words)
	})
}

func TestKeysOfTheProgram(t *testing.T) {
	t.Parallel()
	var pressed []rune
	o := Options{Greeting: "Press zero.", Keys: func(ctx context.Context, c *Conversation, key rune) error {
		pressed = append(pressed, key)
		return c.HangUp(ctx, "I put you through.")
	}}
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("As I was told."))}}
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Script: script, PingInterval: -1})
		defer srv.Close()
		l := voice.NewSimLine(audio.ULaw, audio.ULaw)
		o.Line = l
		c, err := Start(t.Context(), dial(t, srv, "gpt-realtime"), &Agent{}, &o)
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		l.Press("0")
		require.NoError(t, c.Wait(t.Context()))
		<-l.Ended()
		assert.Equal(t, []rune("0"), pressed)
		assert.Equal(t, Program, c.End().By)
	})
}

func TestHandOffToAnotherVoiceSwitchesTheLine(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "My invoice is wrong."}},
		Rules: []realtimetest.Rule{
			rule(realtimetest.Returned("transfer_to_billing"), say("Here is billing.")),
			rule(realtimetest.Said("invoice"), calling("transfer_to_billing", `{}`)),
			rule(nil, say("Good morning.")),
		},
	}
	front, billing := agents("")
	front.Voice, billing.Voice = api.VoiceMarin, api.VoiceCedar
	o := Options{Greeting: "Good morning.", Connect: func(context.Context, *Agent) (*realtime.Session, error) { return nil, nil }}
	phone(t, script, front, o, func(t *testing.T, c *Conversation, l *voice.SimLine, srv *realtimetest.Server) {
		t.Helper()
		turns := c.Turns(t.Context())
		time.Sleep(3 * time.Second)
		require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
		time.Sleep(10 * time.Second)
		require.Len(t, srv.Conns(), 2)
		assert.Equal(t, api.VoiceCedar, current(t, c).Audio.Output.Voice)
		l.Leave()
		require.NoError(t, c.Wait(t.Context()))
		var said []string
		for turn, err := range turns {
			require.NoError(t, err)
			said = append(said, turn.Said)
		}
		assert.Equal(t, []string{"Good morning.", "Here is billing."}, said)
	})
}

// TestSpeechThatNeverStopsHoldsNothingUp has the server hold speech of the caller open: what
// the program has the agent say waits until the line has been silent for 10 s.
func TestSpeechThatNeverStopsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	a := &Agent{Session: &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
		TurnDetection: &api.ServerVAD{SilenceDurationMS: new(3_600_000)},
	}}}}
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Are you there?"))}}
	phone(t, script, a, Options{}, func(t *testing.T, c *Conversation, l *voice.SimLine, srv *realtimetest.Server) {
		t.Helper()
		require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
		begin := time.Now()
		require.NoError(t, c.Say(t.Context(), "Are you there?"))
		assert.InDelta(t, 12, time.Since(begin).Seconds(), 2)
		assert.Len(t, realtimetest.AllReceived[*api.InputAudioBufferClear](srv.Conns()[0]), 1)
	})
}

// TestAnAnswerIsNotDelayed has the server answer speech by itself, or leave that to the agent,
// which asks at once then. The user has waited since the end of the words, which the server
// noticed half a second later.
func TestAnAnswerIsNotDelayed(t *testing.T) {
	t.Parallel()
	for asks, answers := range []bool{true, false} {
		t.Run(map[bool]string{true: "by itself", false: "asked for"}[answers], func(t *testing.T) {
			t.Parallel()
			a := &Agent{Session: &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
				TurnDetection: &api.ServerVAD{CreateResponse: &answers, SilenceDurationMS: new(500)},
			}}}}
			script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("Yes."))}}
			phone(t, script, a, Options{}, func(t *testing.T, c *Conversation, l *voice.SimLine, srv *realtimetest.Server) {
				t.Helper()
				turns := c.Turns(t.Context())
				require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
				time.Sleep(10 * time.Second)
				require.NoError(t, c.Close())
				for turn, err := range turns {
					require.NoError(t, err)
					assert.InDelta(t, 0.5, turn.FirstSound.Seconds(), 0.2)
				}
				assert.Len(t, realtimetest.AllReceived[*api.ResponseCreate](srv.Conns()[0]), asks)
			})
		})
	}
}

// TestAGuardStopsTheSound trips while the answer is heard: the sound ends, the server holds
// what was heard, and the set sentence is heard instead.
func TestAGuardStopsTheSound(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "My card?"}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Said("card"), Times: 1, Do: []realtimetest.Step{
				realtimetest.Say{Text: "Your number is 4111 and some more of it.", Audio: realtimetest.Tone(20 * time.Second)},
			}},
			rule(nil, realtimetest.Say{Text: "I cannot read that aloud.", Audio: realtimetest.Tone(2 * time.Second)}),
		},
	}
	guard := Guard{Name: "cards", Every: 5, Instead: "I cannot read that aloud.", Check: func(_ context.Context, said string) error {
		time.Sleep(3 * time.Second) // It takes a while, so that some was heard.
		if strings.Contains(said, "4111") {
			return errors.New("a card number")
		}
		return nil
	}}
	phone(t, script, &Agent{Guards: []Guard{guard}}, Options{}, func(t *testing.T, c *Conversation, l *voice.SimLine, srv *realtimetest.Server) {
		t.Helper()
		turns := c.Turns(t.Context())
		require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
		time.Sleep(40 * time.Second)
		heard := audio.ULaw.Duration(len(l.Heard()))
		assert.Less(t, heard, 12*time.Second, "the rest of 20 s is not heard")
		assert.Greater(t, heard, 4*time.Second, "and the set sentence is")
		cuts := realtimetest.AllReceived[*api.ConversationItemTruncate](srv.Conns()[0])
		require.Len(t, cuts, 1)
		assert.LessOrEqual(t, time.Duration(cuts[0].AudioEndMS)*time.Millisecond, heard-2*time.Second+100*time.Millisecond)
		l.Leave()
		require.NoError(t, c.Wait(t.Context()))
		for turn, err := range turns {
			require.NoError(t, err)
			require.NotNil(t, turn.Guard)
			assert.True(t, turn.Cut)
			assert.True(t, strings.HasSuffix(turn.Said, "I cannot read that aloud."), turn.Said)
			assert.NotEmpty(t, turn.Unheard)
		}
	})
}

// TestAHandOffIsABreath opens the second session while the first agent announces it: the
// announcement is heard to its end, and the other voice follows within a second.
func TestAHandOffIsABreath(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "My invoice is wrong."}},
		Rules: []realtimetest.Rule{
			rule(realtimetest.Returned("transfer_to_billing"), realtimetest.Say{Text: "Here is billing.", Audio: realtimetest.Tone(2 * time.Second)}),
			rule(realtimetest.Said("invoice"),
				realtimetest.Say{Text: "I put you through.", Audio: realtimetest.Tone(3 * time.Second)}, calling("transfer_to_billing", `{}`)),
		},
	}
	front, billing := agents("")
	front.Voice, billing.Voice = api.VoiceMarin, api.VoiceCedar
	o := Options{Connect: func(context.Context, *Agent) (*realtime.Session, error) { return nil, nil }}
	phone(t, script, front, o, func(t *testing.T, c *Conversation, l *voice.SimLine, srv *realtimetest.Server) {
		t.Helper()
		turns := c.Turns(t.Context())
		require.NoError(t, l.Speak(t.Context(), speech(time.Second)))
		heard, last, gap := 0, time.Time{}, time.Duration(0)
		for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if n := len(l.Heard()); n > heard {
				if !last.IsZero() {
					gap = max(gap, time.Since(last))
				}
				heard, last = n, time.Now()
			}
		}
		assert.Len(t, srv.Conns(), 2)
		assert.InDelta(t, 5, audio.ULaw.Duration(heard).Seconds(), 0.1, "all of both voices")
		assert.Less(t, gap, time.Second, "the caller hears a breath")
		l.Leave()
		require.NoError(t, c.Wait(t.Context()))
		for turn, err := range turns {
			require.NoError(t, err)
			assert.Equal(t, "I put you through. Here is billing.", turn.Said)
			assert.Same(t, billing, turn.Agent)
		}
	})
}

// An account with a limit ends a session as soon as it gets what has no price.
func TestTheTranscriberHasAPrice(t *testing.T) {
	t.Parallel()
	assert.Contains(t, usage.Published().Models, string(transcriber))
}
