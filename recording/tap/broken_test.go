package tap_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/voice"
)

var update = flag.Bool("update", false, "write the recordings of testdata anew")

// broken are calls with a fault each, and what their recordings must say of it.
var broken = []struct {
	name string
	make func(t *testing.T) *call
	// kinds are all findings that may stand out, the fault first.
	kinds []recording.FindingKind
	text  string
}{
	{"silence-after-tool", silenceAfterTool, []recording.FindingKind{recording.FindSilence}, "No response was asked for after the tool lookup returned: the caller heard nothing for another 9.08 s."},
	{"double-talk", doubleTalk, []recording.FindingKind{recording.FindDoubleTalk}, "the setting interrupt_response is false, so the caller may not interrupt."},
	{
		"late-barge-in", lateBargeIn,
		[]recording.FindingKind{recording.FindLateBargeIn, recording.FindHeard, recording.FindRefused},
		"The program stopped it only 1.90 s after speech_started.",
	},
	{"lost-connection", lostConnection, []recording.FindingKind{recording.FindLost, recording.FindInterrupted, recording.FindStarved, recording.FindSilence}, "2 of 3 dials failed (HTTP 503)"},
	{"refused-update", refusedUpdate, []recording.FindingKind{recording.FindRefused}, "refused session.update about session.audio.input.format.rate"},
}

func answers(steps ...realtimetest.Step) realtimetest.Script {
	return realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "Where is my parcel? My number is 0151 23456789."}, {Text: "Stop."}, {Text: "Thanks."}},
		Rules: []realtimetest.Rule{{Do: steps}},
	}
}

func spoken(d time.Duration) realtimetest.Step {
	return realtimetest.Say{Text: "Your parcel left this morning, Jane Doe.", Audio: realtimetest.Tone(d)}
}

// silenceAfterTool: the output is sent, and no response is asked for.
func silenceAfterTool(t *testing.T) *call {
	t.Helper()
	c := dial(t, setup{script: answers(realtimetest.Call{Name: "lookup", Arguments: `{"number":"015123456789"}`})})
	realtime.On(c.mux, func(_ context.Context, s *realtime.Session, e *api.ResponseFunctionCallArgumentsDone) error {
		ok := true
		c.rec.Writer().Add(0, &recording.Tool{ID: e.CallID, Name: e.Name, Phase: recording.Start, Arguments: e.Arguments})
		c.after(420*time.Millisecond, func(ctx context.Context) {
			c.rec.Writer().Add(0, &recording.Tool{ID: e.CallID, Name: e.Name, Phase: recording.Finished, Took: 420 * recording.Millisecond, OK: &ok, Output: "left"})
			_ = s.Send(ctx, &api.ConversationItemCreate{Item: &api.FunctionCallOutput{CallID: e.CallID, Output: "left"}})
		})
		return nil
	})
	c.run()
	c.say(time.Second)
	time.Sleep(10 * time.Second)
	return c
}

// doubleTalk: the caller may not interrupt, and speaks nevertheless.
func doubleTalk(t *testing.T) *call {
	t.Helper()
	c := dial(t, setup{script: answers(spoken(6 * time.Second)), bargeIn: voice.NeverStop})
	_, err := c.session.Update(t.Context(), &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
		TurnDetection: &api.ServerVAD{InterruptResponse: new(false), CreateResponse: new(true)},
	}}})
	require.NoError(t, err)
	c.run()
	c.say(time.Second)
	time.Sleep(2 * time.Second)
	c.say(2 * time.Second)
	time.Sleep(9 * time.Second)
	return c
}

// lateBargeIn: the program tells the server at once that it was silenced, and silences the
// line much later.
func lateBargeIn(t *testing.T) *call {
	t.Helper()
	c := dial(t, setup{script: answers(spoken(8 * time.Second)), bargeIn: voice.NeverStop})
	var item string
	first := true
	realtime.On(c.mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputItemAdded) error {
		if item == "" {
			item = api.ItemID(e.Item)
		}
		return nil
	})
	realtime.On(c.mux, func(ctx context.Context, s *realtime.Session, _ *api.InputAudioBufferSpeechStarted) error {
		if first {
			first = false
			return nil
		}
		c.after(1900*time.Millisecond, func(ctx context.Context) { _, _ = c.bridge.Interrupt(ctx) })
		return s.Send(ctx, &api.ConversationItemTruncate{ItemID: item, AudioEndMS: 1200})
	})
	c.run()
	c.say(time.Second)
	time.Sleep(1500 * time.Millisecond)
	c.say(2500 * time.Millisecond)
	time.Sleep(11 * time.Second)
	return c
}

// lostConnection: the connection breaks in the middle of an answer, and two dials fail.
func lostConnection(t *testing.T) *call {
	t.Helper()
	script := answers(spoken(3 * time.Second))
	script.Faults = []realtimetest.Fault{
		{Conn: 1, At: realtimetest.Is(realtimetest.Sent, "response.output_audio.delta"), Nth: 12, Do: realtimetest.HangUp{}},
		{Conn: 2, Do: realtimetest.Deny{Status: 503}},
		{Conn: 3, Do: realtimetest.Deny{Status: 503}},
	}
	c := dial(t, setup{script: script, reconnect: &realtime.Reconnect{InitialDelay: time.Second}})
	c.run()
	c.say(time.Second)
	time.Sleep(7 * time.Second)
	c.say(time.Second)
	time.Sleep(6 * time.Second)
	return c
}

// refusedUpdate: a rate that the service does not have takes the instructions with it.
func refusedUpdate(t *testing.T) *call {
	t.Helper()
	c := dial(t, setup{script: answers(spoken(time.Second))})
	c.run()
	instructions := "You are Jane Doe's assistant. Her number is +49 151 23456789."
	require.NoError(t, c.session.Send(t.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{
		Instructions: &instructions,
		Audio:        &api.SessionAudio{Input: &api.AudioInput{Format: &api.UnknownAudioFormat{Type: "audio/pcm", Raw: []byte(`{"type":"audio/pcm","rate":8000}`)}}},
	}}))
	c.say(time.Second)
	time.Sleep(3 * time.Second)
	return c
}

func TestTheFaultStandsOut(t *testing.T) {
	t.Parallel()
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := b.make(t)
				rec := c.hangUp()
				stands(t, rec, b.kinds, b.text)
				for _, private := range []string{key, "0151", "23456789", "Jane", "parcel", "left"} {
					assert.NotContains(t, c.file.String(), private)
				}
				if *update {
					require.NoError(t, os.WriteFile(fixture(b.name), c.file.Bytes(), 0o600))
				}
			})
		})
	}
}

// TestTheFaultStandsOutOfFiles holds the recordings that are kept for other packages.
func TestTheFaultStandsOutOfFiles(t *testing.T) {
	t.Parallel()
	for _, b := range broken {
		rec, err := recording.Open(fixture(b.name))
		require.NoError(t, err)
		stands(t, rec, b.kinds, b.text)
	}
}

func fixture(name string) string { return filepath.Join("..", "testdata", name+".jsonl") }

// stands holds that a fault is found, and nothing else that broke.
func stands(t *testing.T, rec *recording.Recording, kinds []recording.FindingKind, text string) {
	t.Helper()
	found := rec.Findings()
	var says []string
	for _, f := range found {
		assert.Contains(t, kinds, f.Kind, f.Text)
		require.NotEmpty(t, f.Evidence)
		if f.Kind == kinds[0] {
			says = append(says, f.Text)
		}
	}
	assert.Contains(t, strings.Join(says, "\n"), text, "%+v", found)
}
