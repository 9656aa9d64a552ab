package voice

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestTheSessionGetsTheFormatsOfTheLine(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in, out audio.Format
		given   *Formats
		want    []string // of the session's input and output
	}{
		"G.711":            {audio.ULaw, audio.ULaw, nil, []string{"audio/pcmu", "audio/pcmu"}},
		"each for itself":  {audio.ALaw, audio.PCM24k, nil, []string{"audio/pcma", "audio/pcm"}},
		"set by the owner": {audio.ULaw, audio.ULaw, &Formats{audio.PCM24k, audio.PCM24k}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := dial(t, realtimetest.Script{}, NewSimLine(tc.in, tc.out), &BridgeOptions{Formats: tc.given})
				time.Sleep(time.Second)
				updates := realtimetest.AllReceived[*api.SessionUpdate](c.conn())
				require.NoError(t, c.hangUp())
				if tc.want == nil {
					assert.Empty(t, updates)
					return
				}
				require.Len(t, updates, 1)
				set, ok := updates[0].Session.(*api.RealtimeSessionConfig)
				require.True(t, ok)
				in, err := json.Marshal(set.Audio.Input.Format)
				require.NoError(t, err)
				out, err := json.Marshal(set.Audio.Output.Format)
				require.NoError(t, err)
				assert.Contains(t, string(in), tc.want[0])
				assert.Contains(t, string(out), tc.want[1])
			})
		})
	}
}

// TestAResponseInAnotherFormat asks for responses whose sound is not what the session has
// later, or at all: one that the program began before the bridge did, and one with a
// format of its own.
func TestAResponseInAnotherFormat(t *testing.T) {
	t.Parallel()
	for name, params := range map[string]*api.ResponseParams{
		"before the session had its format": nil,
		"of its own":                        {Audio: &api.ResponseAudio{Output: &api.ResponseAudioOutput{Format: &api.AudioPCM{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := dial(t, answer(forecast, time.Second), NewSimLine(audio.ULaw, audio.ULaw), nil)
				if params != nil {
					time.Sleep(time.Second) // The session has its formats.
				}
				_, err := c.session.Request(t.Context(), &api.ResponseCreate{Response: params})
				require.NoError(t, err)
				c.awaitSound(100 * ms)
				require.NoError(t, c.playOut())
				heard := c.sim.Heard()
				assert.InDelta(t, time.Second, audio.ULaw.Duration(len(heard)), float64(20*ms))
				assert.InDelta(t, audio.PCM24k.Level(realtimetest.Tone(time.Second)), audio.ULaw.Level(heard), 1)
				turn := c.turn()
				assert.InDelta(t, time.Second, turn.Utterances[0].Heard[0].Sound, float64(20*ms))
				require.NoError(t, c.hangUp())
			})
		})
	}
}

func TestFormatsThatTheSessionDoesNotHave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, realtimetest.Script{}, NewSimLine(audio.ULaw, audio.ULaw), &BridgeOptions{Formats: &Formats{audio.ULaw, audio.PCM24k}})
		time.Sleep(time.Second)
		require.ErrorContains(t, c.hangUp(), "BridgeOptions.Formats has pcmu/8000")
	})
}

// reconnecting makes a session replace its connection.
func reconnecting(o *realtime.Options) {
	o.Reconnect = &realtime.Reconnect{InitialDelay: 100 * ms, MaxAge: -1}
}

// TestAnOutageEndsATurn breaks the connection in the middle of an answer. What has
// arrived is heard, and the user may interrupt it: the items are restored by then, and
// hold no sound.
func TestAnOutageEndsATurn(t *testing.T) {
	t.Parallel()
	for name, interrupts := range map[string]bool{"heard": false, "interrupted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				script := answer(forecast, 2*time.Second)
				script.Rules[0].Do = append(script.Rules[0].Do, realtimetest.Hang{})
				asked := 0 // In both sessions.
				script.Rules[0].When = func(*realtimetest.Turn) bool { asked++; return asked == 1 }
				script.Rules = append(script.Rules, answer("As I said.", time.Second).Rules...)
				c := dial(t, script, NewSimLine(audio.ULaw, audio.ULaw), nil, reconnecting)
				c.say(500 * ms)
				c.awaitSound(500 * ms)
				c.conn().Drop()
				time.Sleep(500 * ms)
				if interrupts {
					_, err := c.bridge.Interrupt(t.Context())
					require.NoError(t, err)
				}
				require.Len(t, c.srv.Conns(), 2)
				turn := c.turn()
				assert.True(t, turn.Cut)
				assert.Empty(t, turn.Utterances[0].Status)
				heard := audio.ULaw.Duration(len(c.sim.Heard()))
				assert.InDelta(t, heard, turn.Utterances[0].Heard[0].Sound, float64(sample))
				assert.Equal(t, interrupts, heard < 2*time.Second)
				require.NoError(t, c.playOut())
				c.say(500 * ms)
				turn = c.turn()
				assert.Equal(t, "As I said.", turn.Said)
				assert.False(t, turn.Cut)
				for _, conn := range c.srv.Conns() {
					assert.Empty(t, realtimetest.AllReceived[*api.ConversationItemTruncate](conn))
					assert.Empty(t, realtimetest.AllReceived[*api.ConversationItemDelete](conn))
				}
				require.NoError(t, c.hangUp())
			})
		})
	}
}

// TestUse puts another session behind a line that plays.
func TestUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, answer(forecast, 2*time.Second), NewSimLine(audio.ULaw, audio.ULaw), nil)
		c.say(500 * ms)
		c.awaitSound(500 * ms)
		old, next := c.session, c.connect()
		require.NoError(t, c.bridge.Use(t.Context(), next))
		require.NoError(t, old.Close())
		turn := c.turn()
		assert.Equal(t, forecast, turn.Said, "what had arrived is heard")
		before := len(c.srv.Conns()[0].AudioReceived())
		c.say(500 * ms)
		turn = c.turn()
		assert.Equal(t, forecast, turn.Said)
		assert.Len(t, c.srv.Conns()[0].AudioReceived(), before)
		assert.InDelta(t, 500, turn.FirstSound.Milliseconds(), 60, "positions begin anew")
		require.ErrorContains(t, c.bridge.Use(t.Context(), nil), "nil")
		require.NoError(t, c.hangUp())
	})
}

// TestACallAndItsAnswerAreOneTurn lets a function run between two responses.
func TestACallAndItsAnswerAreOneTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := realtimetest.Script{Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("weather"), Do: []realtimetest.Step{realtimetest.Say{Text: "It is sunny.", Audio: realtimetest.Tone(time.Second)}}},
			{Do: []realtimetest.Step{
				realtimetest.Say{Text: "Let me look.", Audio: realtimetest.Tone(time.Second)}, realtimetest.Call{Name: "weather", Arguments: `{}`},
			}},
		}}
		m := realtime.NewMux()
		realtime.On(m, func(ctx context.Context, s *realtime.Session, e *api.ResponseDone) error {
			for _, item := range e.Response.Output {
				if call, ok := item.(*api.FunctionCall); ok {
					if err := s.SendItem(ctx, &api.FunctionCallOutput{CallID: call.CallID, Output: "sunny"}); err != nil {
						return err
					}
					return s.Send(ctx, &api.ResponseCreate{})
				}
			}
			return nil
		})
		c := dial(t, script, NewSimLine(audio.ULaw, audio.ULaw), &BridgeOptions{Mux: m})
		c.say(500 * ms)
		turn := c.turn()
		assert.Equal(t, "Let me look. It is sunny.", turn.Said)
		assert.Len(t, turn.Utterances, 2)
		assert.Less(t, turn.FirstHeard, time.Second, "of the first response")
		require.NoError(t, c.hangUp())
	})
}

// TestATurnWaitsForTheTranscriptOfTheUser: transcripts may come after the answer.
func TestATurnWaitsForTheTranscriptOfTheUser(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		delay time.Duration
		want  string
	}{
		"late":     {3 * time.Second, "How is the weather?"},
		"too late": {10 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				script := answer(forecast, time.Second)
				script.Heard = []realtimetest.Heard{{Text: "How is the weather?", Delay: tc.delay}}
				c := dial(t, script, NewSimLine(audio.ULaw, audio.ULaw), nil)
				c.transcribing()
				c.say(500 * ms)
				turn := c.turn()
				assert.Equal(t, tc.want, turn.User)
				assert.Equal(t, forecast, turn.Said)
				require.NoError(t, c.hangUp())
			})
		})
	}
}

// TestAGreeting is an answer that no speech asked for.
func TestAGreeting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, answer("Good morning.", time.Second), NewSimLine(audio.ULaw, audio.ULaw), nil)
		require.NoError(t, c.session.Send(t.Context(), &api.ResponseCreate{}))
		turn := c.turn()
		assert.Equal(t, "Good morning.", turn.Said)
		assert.Empty(t, turn.User)
		assert.Zero(t, turn.FirstHeard)
		assert.False(t, turn.Utterances[0].FirstHeard.IsZero())
		require.NoError(t, c.hangUp())
	})
}

// TestErrorsOfTheServerStayTheProgram's: the bridge takes only those about its requests.
func TestErrorsOfTheServerStayWithTheProgram(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, realtimetest.Script{}, NewSimLine(audio.ULaw, audio.ULaw), nil)
		require.NoError(t, c.session.Send(t.Context(), &api.ConversationItemDelete{ItemID: "item_unknown"}))
		time.Sleep(time.Second)
		require.NoError(t, c.session.Close())
		err := <-c.ran
		_, ok := err.(interface{ Unwrap() []error })
		assert.True(t, ok)
		require.ErrorContains(t, err, "item_not_found")
	})
}

// TestFormatsAreConverted runs a session over lines whose rates the API does not have.
func TestFormatsAreConverted(t *testing.T) {
	t.Parallel()
	for _, f := range []audio.Format{audio.PCM8k, audio.PCM16k, audio.PCM48k} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := dial(t, answer(forecast, time.Second), NewSimLine(f, f), nil)
				began := time.Now()
				c.say(500 * ms)
				turn := c.turn()
				assert.Equal(t, forecast, turn.Said)
				heard := c.sim.Heard()
				assert.Equal(t, time.Second, f.Duration(len(heard)))
				assert.InDelta(t, audio.PCM24k.Level(realtimetest.Tone(time.Second)), f.Level(heard), 0.5)
				asked := time.Since(began)
				require.NoError(t, c.hangUp())
				received := c.conn().AudioReceived()
				assert.InDelta(t, asked, audio.PCM24k.Duration(len(received)), float64(50*ms))
				assert.InDelta(t, f.Level(f.AppendBytes(nil, square(f, 500*ms))), audio.PCM24k.Level(received[:audio.PCM24k.Bytes(480*ms)]), 1)
			})
		})
	}
}
