package interop

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// Why ours is better, as docs/agents-typescript.md has it.
const (
	whyThreeTools    = "One answer sees all three results."
	whyBargeIn       = "What counts as heard is what the device has played."
	whyGuard         = "No words are put into the user's mouth."
	whyRefusedOutput = "The output of a call that is gone is not written."
)

// device is a sound device with a delay, as in agents.scenario.mjs.
type device struct {
	*voice.PipeLine // the agent's end

	user    *voice.PipeLine
	played  atomic.Int64 // bytes
	atClear atomic.Int64 // what was played then; 0 before
}

const deviceDelay = 300 * time.Millisecond

func newDevice(ctx context.Context) *device {
	d := &device{}
	d.PipeLine, d.user = voice.Pipe(audio.PCM24k)
	go d.play(ctx)
	return d
}

// play plays sound at its speed, from some time after its beginning on.
func (d *device) play(ctx context.Context) {
	pace := &audio.Pacer{Format: audio.PCM24k}
	for first := true; ; first = false {
		in, err := d.user.Receive(ctx)
		if err != nil {
			return
		}
		if first {
			_ = pace.Wait(ctx, audio.PCM24k.Bytes(deviceDelay))
		}
		d.played.Add(int64(len(in.Audio)))
		if pace.Wait(ctx, len(in.Audio)) != nil {
			return
		}
	}
}

func (d *device) Clear(ctx context.Context) error {
	err := d.PipeLine.Clear(ctx)
	d.atClear.CompareAndSwap(0, d.played.Load())
	return err
}

// holder holds a scenario.
type holder struct {
	*testing.T

	ctx  context.Context
	srv  *realtimetest.Server
	line *device
	conv *agent.Conversation

	begun, release chan struct{} // of the tool that is held up
}

// hold holds a scenario with our agent, and returns what the device had played when it was
// interrupted.
func hold(t *testing.T, srv *realtimetest.Server, scenario func(h *holder)) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	h := &holder{T: t, ctx: ctx, srv: srv, line: newDevice(ctx), begun: make(chan struct{}), release: make(chan struct{})}
	scenario(h)
	h.say("Is that all?", "That is all")
	require.NoError(t, h.conv.Close())
	return audio.PCM24k.Duration(int(h.line.atClear.Load()))
}

// start starts the conversation.
func (h *holder) start(a *agent.Agent) {
	h.Helper()
	client, err := realtime.NewClient(&realtime.Config{BaseURL: h.srv.URL, APIKey: "any", Proxy: realtime.NoProxy})
	require.NoError(h, err)
	h.Cleanup(client.CloseIdleConnections)
	s, err := client.Connect(h.ctx, realtime.Model("gpt-realtime"), nil)
	require.NoError(h, err)
	a.Name = "helper"
	a.Instructions = agent.Text("You help.")
	a.Session = &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
		TurnDetection: &api.ServerVAD{SilenceDurationMS: new(300)},
	}}}
	h.conv, err = agent.Start(h.ctx, s, a, &agent.Options{Line: h.line})
	require.NoError(h, err)
}

// hears waits until a turn is over in which the agent has said text, heard or not.
func (h *holder) hears(text string) (wait func()) {
	turns := h.conv.Turns(h.ctx)
	return func() {
		h.Helper()
		for turn, err := range turns {
			require.NoError(h, err)
			if strings.Contains(turn.Said+turn.Unheard, text) {
				return
			}
		}
		assert.Fail(h, "the conversation has ended")
	}
}

// say writes for the user, and waits for an answer.
func (h *holder) say(text, answer string) {
	h.Helper()
	heard := h.hears(answer)
	h.write(text)
	heard()
}

func (h *holder) write(text string) {
	h.Helper()
	_, err := h.conv.Ask(h.ctx, text)
	require.NoError(h, err)
}

// speak has the user speak.
func (h *holder) speak() {
	h.Helper()
	require.NoError(h, h.line.user.Play(h.ctx, realtimetest.Tone(400*time.Millisecond)))
	require.NoError(h, h.line.user.Play(h.ctx, make([]byte, audio.PCM24k.Bytes(500*time.Millisecond))))
}

// sound waits until the device has played some of an answer.
func (h *holder) sound(d time.Duration) {
	h.Helper()
	require.Eventually(h, func() bool { return h.line.played.Load() >= int64(audio.PCM24k.Bytes(d)) }, 20*time.Second, 5*time.Millisecond)
}

type town struct {
	City string `json:"city"`
}

func forecast(ctx context.Context, in town) (string, error) {
	delay := map[string]time.Duration{"Lisbon": time.Second / 2, "Porto": 3 * time.Second / 2, "Faro": 5 * time.Second / 2}[in.City]
	select {
	case <-time.After(delay):
		return "sunny in " + in.City, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func tools(f func(context.Context, town) (string, error)) []agent.Tool {
	return []agent.Tool{agent.Func("forecast", "The weather in a city.", f)}
}

// holdUp is a tool that returns when the test lets it.
func (h *holder) holdUp(ctx context.Context, in town) (string, error) {
	close(h.begun)
	<-h.release
	return forecast(ctx, in)
}

func textTurn(h *holder) {
	h.start(&agent.Agent{})
	h.say("What is the capital of Portugal?", "Lisbon")
}

func oneTool(h *holder) {
	h.start(&agent.Agent{Tools: tools(forecast)})
	h.say("How is the weather in Lisbon?", "sunny")
}

func threeTools(h *holder) {
	h.start(&agent.Agent{Tools: tools(forecast)})
	h.say("Please compare the three.", "Faro")
}

func bargeIn(h *holder) {
	h.start(&agent.Agent{})
	h.write("Tell me a long story.")
	h.sound(700 * time.Millisecond)
	heard := h.hears("You spoke")
	h.speak()
	heard()
}

func bargeInDuringTool(h *holder) {
	h.start(&agent.Agent{Tools: tools(h.holdUp)})
	h.write("How is the weather in Lisbon?")
	<-h.begun
	answer := h.hears("You spoke")
	result := h.hears("sunny")
	h.speak()
	h.sound(100 * time.Millisecond) // The answer has begun, and takes longer.
	close(h.release)
	answer()
	result()
}

func approval(h *holder) {
	desk := &agent.Desk{}
	list := tools(forecast)
	list[0].Approve = desk.Approve
	h.start(&agent.Agent{Tools: list})
	h.write("How is the weather in Lisbon?")
	require.Eventually(h, func() bool { return len(desk.Waiting()) == 1 }, 20*time.Second, 5*time.Millisecond)
	h.say("What time is it?", "Noon")
	answer := h.hears("sunny")
	require.True(h, desk.Decide(desk.Waiting()[0].ID, nil))
	answer()
}

func handOff(h *holder) {
	billing := &agent.Agent{Name: "billing", When: "For invoices.", Instructions: agent.Text("You handle invoices.")}
	h.start(&agent.Agent{Handoffs: []*agent.Agent{billing}})
	h.say("I have a question about my invoice.", "Billing is here")
}

func guard(h *holder) {
	h.start(&agent.Agent{Guards: []agent.Guard{{
		Name: "no passwords", Every: 10, Instead: "I cannot tell.",
		Check: func(_ context.Context, said string) error {
			if strings.Contains(said, "swordfish") {
				return errors.New("a password")
			}
			return nil
		},
	}}})
	h.say("What is the password?", "cannot tell")
}

func refusedOutput(h *holder) {
	h.start(&agent.Agent{Tools: tools(func(ctx context.Context, in town) (string, error) {
		for _, item := range h.conv.History().Items() {
			if f, ok := item.Item.(*api.FunctionCall); ok {
				if err := h.conv.History().Delete(ctx, api.ItemID(f)); err != nil {
					return "", err
				}
			}
		}
		return forecast(ctx, in)
	})})
	h.say("How is the weather in Lisbon?", "I have no result")
}
