package voice

import (
	"context"
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

// call is a bridge between a server in process and a line, inside of a bubble.
type call struct {
	t       *testing.T
	srv     *realtimetest.Server
	session *realtime.Session
	line    Line
	sim     *SimLine // nil for other lines
	bridge  *Bridge
	ran     chan error // the result of Run
	turns   chan *Turn
}

// dial runs a bridge over a line with a session of its own.
func dial(t *testing.T, script realtimetest.Script, l Line, o *BridgeOptions, options ...func(*realtime.Options)) *call {
	t.Helper()
	c := &call{t: t, line: l, ran: make(chan error, 1), turns: make(chan *Turn, 100)}
	c.sim, _ = l.(*SimLine)
	c.srv = realtimetest.New(&realtimetest.Config{Script: script})
	t.Cleanup(c.srv.Close)
	c.session = c.connect(options...)
	var err error
	c.bridge, err = NewBridge(c.session, l, o)
	require.NoError(t, err)
	turns := c.bridge.Turns(t.Context())
	go func() {
		defer close(c.turns)
		for turn, err := range turns {
			if err != nil {
				return
			}
			c.turns <- turn
		}
	}()
	go func() { c.ran <- c.bridge.Run(t.Context()) }()
	return c
}

func (c *call) connect(options ...func(*realtime.Options)) *realtime.Session {
	c.t.Helper()
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: c.srv.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(c.t, err)
	o := &realtime.Options{PingInterval: -1}
	for _, set := range options {
		set(o)
	}
	s, err := client.Connect(c.t.Context(), realtime.Model("m"), o)
	require.NoError(c.t, err)
	c.t.Cleanup(func() { _ = s.Close() })
	return s
}

// hangUp ends the line and returns the result of Run.
func (c *call) hangUp() error {
	c.t.Helper()
	c.sim.Leave()
	return <-c.ran
}

// turn returns the next turn that is over; nil after the last one.
func (c *call) turn() *Turn {
	c.t.Helper()
	select {
	case turn := <-c.turns:
		return turn
	case <-time.After(time.Minute):
		require.Fail(c.t, "no turn is over")
		return nil
	}
}

// conn returns the server's side of the latest connection.
func (c *call) conn() *realtimetest.Conn {
	conns := c.srv.Conns()
	return conns[len(conns)-1]
}

// say lets the caller speak for a time, and be silent afterwards.
func (c *call) say(d time.Duration) {
	c.t.Helper()
	in, _ := c.line.Formats()
	require.NoError(c.t, c.sim.Speak(c.t.Context(), in.AppendBytes(nil, square(in, d))))
}

// square returns a tone that is loud enough for a voice.
func square(f audio.Format, d time.Duration) []int16 {
	sound := make([]int16, f.Bytes(d)/f.SampleSize())
	half := f.Rate() / 800
	for i := range sound {
		sound[i] = int16(8000*(i/half%2) - 4000)
	}
	return sound
}

// answer is a script that answers every turn with speech of that length.
func answer(text string, d time.Duration) realtimetest.Script {
	return realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "How is the weather?"}, {Text: "Stop."}, {Text: "And now?"}},
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: text, Audio: realtimetest.Tone(d)}}}},
	}
}

// transcribing sets the session's input transcription.
func (c *call) transcribing() {
	c.t.Helper()
	_, err := c.session.Update(c.t.Context(), &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
		Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
	}}})
	require.NoError(c.t, err)
}

const forecast = "It is sunny in Lisbon and it will stay so until the end of the week."

func TestBridgeCarriesATurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, answer(forecast, 3*time.Second), NewSimLine(audio.PCM24k, audio.PCM24k), nil)
		c.transcribing()
		c.say(time.Second)
		turn := c.turn()
		assert.Equal(t, "How is the weather?", turn.User)
		assert.Equal(t, forecast, turn.Said)
		assert.Empty(t, turn.Unheard)
		assert.False(t, turn.Cut)
		assert.Equal(t, realtimetest.Tone(3*time.Second), c.sim.Heard())
		assert.InDelta(t, 500, turn.FirstSound.Milliseconds(), 60, "the silence that ends a turn")
		assert.InDelta(t, 0, (turn.FirstHeard - turn.FirstSound).Milliseconds(), 25)
		require.Len(t, turn.Utterances, 1)
		u := turn.Utterances[0]
		assert.NotNil(t, u.Usage)
		assert.Equal(t, []Heard{{Item: u.Heard[0].Item, Sound: 3 * time.Second, Received: 3 * time.Second, All: true, How: ByMark}}, u.Heard)
		assert.Empty(t, realtimetest.AllReceived[*api.ConversationItemTruncate](c.conn()))
		require.NoError(t, c.hangUp())
	})
}

// TestSpeechSilencesTheLine lets the user speak while the model does, over lines with
// each kind of evidence.
func TestSpeechSilencesTheLine(t *testing.T) {
	t.Parallel()
	type plain struct{ Line }
	for name, tc := range map[string]struct {
		line  func(*SimLine) Line
		how   Evidence
		least time.Duration // of what was heard
	}{
		"marks":            {func(l *SimLine) Line { return l }, ByMark, 60 * time.Millisecond},
		"device":           {func(l *SimLine) Line { return device{l} }, ByDevice, 0},
		"clock":            {func(l *SimLine) Line { return plain{l} }, ByClock, 150 * time.Millisecond},
		"device with room": {func(l *SimLine) Line { return roomy{device{l}} }, ByDevice, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := NewSimLine(audio.ULaw, audio.ULaw)
				sim.MarkDelay = 40 * time.Millisecond
				c := dial(t, answer(forecast, 5*time.Second), tc.line(sim), nil)
				c.sim = sim
				c.transcribing()
				c.say(time.Second)
				time.Sleep(2 * time.Second)
				stopped := make(chan time.Duration, 1)
				go func() {
					_, err := realtimetest.Await[*api.ConversationItemTruncate](t.Context(), c.conn())
					assert.NoError(t, err)
					stopped <- audio.ULaw.Duration(len(sim.Heard()))
				}()
				c.say(time.Second)
				turn := c.turn()
				heard := audio.ULaw.Duration(len(sim.Heard()))
				assert.True(t, turn.Cut)
				cuts := realtimetest.AllReceived[*api.ConversationItemTruncate](c.conn())
				require.Len(t, cuts, 1)
				assert.LessOrEqual(t, cuts[0].AudioEnd(), heard)
				assert.GreaterOrEqual(t, cuts[0].AudioEnd(), heard-tc.least)
				assert.Equal(t, cuts[0].AudioEnd(), turn.Utterances[0].Heard[0].Sound.Truncate(time.Millisecond))
				assert.Equal(t, tc.how, turn.Utterances[0].Heard[0].How)
				assert.Equal(t, <-stopped, heard, "the line is silent")
				assert.NotEmpty(t, turn.Said)
				assert.NotEmpty(t, turn.Unheard)
				assert.Equal(t, forecast, turn.Said+" "+turn.Unheard)
				assert.Equal(t, "How is the weather?", turn.User)
				assert.Len(t, realtimetest.AllSent[*api.ConversationItemTruncated](c.conn()), 1)
				assert.Empty(t, realtimetest.AllSent[*api.ErrorEvent](c.conn()))
				turn = c.turn()
				assert.Equal(t, "Stop.", turn.User)
				assert.Equal(t, forecast, turn.Said)
				require.NoError(t, c.hangUp())
			})
		})
	}
}

// device is a line that counts what was heard, and has no marks.
type device struct{ l *SimLine }

func (d device) Formats() (in, out audio.Format)              { return d.l.Formats() }
func (d device) Receive(ctx context.Context) (Input, error)   { return d.l.Receive(ctx) }
func (d device) Play(ctx context.Context, sound []byte) error { return d.l.Play(ctx, sound) }
func (d device) HangUp(ctx context.Context) error             { return d.l.HangUp(ctx) }
func (d device) Clear(ctx context.Context) error              { return d.l.Clear(ctx) }

// roomy is a device that takes everything at once.
type roomy struct{ device }

func (roomy) Room() int { return 1 << 20 }

func (d device) Played() int {
	d.l.mu.Lock()
	defer d.l.mu.Unlock()
	return d.l.ear.heard(time.Now()) - d.l.ear.cleared
}
