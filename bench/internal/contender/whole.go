package contender

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

// ear is a line whose caller is silent. It counts what it plays in events of the server.
type ear struct {
	crowd  *crowd
	played atomic.Int64 // bytes
}

func (l *ear) Formats() (in, out audio.Format) { return audio.PCM24k, audio.PCM24k }

func (l *ear) Receive(ctx context.Context) (voice.Input, error) {
	<-ctx.Done()
	return voice.Input{}, ctx.Err()
}

// Play is called with events or pieces of them, in order: a stamp is at the start of each event.
func (l *ear) Play(_ context.Context, sound []byte) error {
	before := l.played.Load()
	after := l.played.Add(int64(len(sound)))
	if before%server.Sound == 0 && l.crowd.timed.Load() {
		l.crowd.delays.Add(stat.Monotonic() - frames.Stamped(sound))
	}
	l.crowd.events.Add(after/server.Sound - before/server.Sound)
	return nil
}

// Room returns a second: Play never blocks.
func (l *ear) Room() int { return audio.PCM24k.Bytes(time.Second) }

func (l *ear) Clear(context.Context) error { return nil }

// hotel is the agent of all sessions.
var hotel = &agent.Agent{
	Instructions: agent.Text("You answer the phone of a small hotel."),
	Tools: []agent.Tool{agent.Func("find_room", "Finds free rooms.", func(context.Context, struct {
		Nights int `json:"nights"`
	},
	) (string, error) {
		return "none", nil
	})},
	Guards: []agent.Guard{{Check: func(context.Context, string) error { return nil }}},
}

// whole is a session with everything on it: an agent with a tool and a guard, a voice bridge
// to a line, and all taps.
func (c *crowd) whole(ctx context.Context) error {
	s, err := c.client.Connect(ctx, realtime.Model("gpt-realtime"), &realtime.Options{Taps: c.taps(ctx, Whole)})
	if err != nil {
		return err
	}
	conv, err := agent.Start(ctx, s, hotel, &agent.Options{Line: &ear{crowd: c}})
	if err != nil {
		return err
	}
	c.holds(conv, func(audio []byte) error { return s.Send(ctx, &api.InputAudioBufferAppend{Audio: audio}) })
	return nil
}
