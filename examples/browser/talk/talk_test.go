package talk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/browser/site"
	"github.com/voicelane/realtime-go/examples/browser/talk"
	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// page is a Page without a browser. It records what is shown, and simulates the playing
// time of audio.
type page struct {
	conversation *talk.Conversation

	mu    sync.Mutex
	shown []string
	item  string
	begun time.Time
	until time.Time
}

func (p *page) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown = append(p.shown, fmt.Sprintf(format, args...))
}

func (p *page) Show(s talk.State, detail string) {
	p.note("%s", strings.TrimSpace(string(s)+" "+detail))
}

func (p *page) Caption(_, who, text string, final bool) {
	if final {
		p.note("%s: %s", who, text)
	}
}

func (p *page) Cut(string, time.Duration) { p.note("cut") }

func (p *page) Tool(_, name, arguments, result string) { p.note("%s%s%s", name, arguments, result) }

func (p *page) Play(item string, sound []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if item != p.item {
		p.item, p.begun, p.until = item, now, now
	}
	p.until = p.until.Add(audio.PCM24k.Duration(len(sound)))
	if len(sound) == 0 {
		time.AfterFunc(p.until.Sub(now), p.conversation.Played)
	}
}

func (p *page) Silence() <-chan talk.Heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	heard := make(chan talk.Heard, 1)
	if now := time.Now(); p.until.After(now) {
		heard <- talk.Heard{Item: p.item, Time: now.Sub(p.begun)}
		p.until = now
	} else {
		heard <- talk.Heard{}
	}
	return heard
}

func (p *page) log() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.shown)
}

// speak passes audio to the conversation at the pace of a microphone.
func speak(c *talk.Conversation, sound []byte) {
	for piece := range slices.Chunk(sound, audio.PCM24k.Bytes(20*time.Millisecond)) {
		c.Hear(slices.Clone(piece))
		time.Sleep(20 * time.Millisecond)
	}
}

func recording(t *testing.T, name string) []byte {
	t.Helper()
	sound, err := recordings.Read(name)
	require.NoError(t, err)
	return sound
}

// hold runs a conversation with the example's script in a synctest bubble.
func hold(t *testing.T, change func(*realtimetest.Config), do func(*talk.Conversation, *realtimetest.Server)) (*page, error) {
	t.Helper()
	script, err := site.Script()
	require.NoError(t, err)
	cfg := &realtimetest.Config{Script: *script, Pace: 1.5}
	if change != nil {
		change(cfg)
	}
	srv := realtimetest.New(cfg)
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "ek_test", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	p := &page{}
	p.conversation = talk.New(p)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		select {
		case <-p.conversation.Ready():
		case <-ctx.Done():
			return
		}
		do(p.conversation, srv)
		stop()
	}()
	return p, p.conversation.Hold(ctx, client, "gpt-realtime")
}

func TestQuestionAndAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := hold(t, nil, func(c *talk.Conversation, _ *realtimetest.Server) {
			speak(c, slices.Concat(recording(t, "question"), realtimetest.Silence(8*time.Second)))
		})
		require.NoError(t, err)
		const call = `weather{"city":"Lisbon","day":"Saturday"}`
		assert.Equal(t, []string{
			"connecting", "listening", "thinking", "user: " + site.Question,
			call, call + `{"sky":"sunny","high_celsius":24,"wind":"light"}`,
			"speaking", "model: " + site.Answer, "listening", "over",
		}, p.log())
	})
}

func TestInterruption(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := hold(t, nil, func(c *talk.Conversation, srv *realtimetest.Server) {
			speak(c, slices.Concat(
				recording(t, "question"), realtimetest.Silence(3*time.Second),
				recording(t, "interruption"), realtimetest.Silence(5*time.Second),
			))
			_, err := srv.Conns()[0].WaitFor(t.Context(), realtimetest.Is(realtimetest.Sent, "conversation.item.truncated"))
			assert.NoError(t, err)
		})
		require.NoError(t, err)
		log := strings.Join(p.log(), "|")
		assert.Contains(t, log, "speaking|listening|cut|")
		assert.Contains(t, log, "user: "+site.Interruption+"|speaking|model: "+site.Tomorrow+"|listening|over")
		assert.NotContains(t, log, "error")
	})
}

func TestLostConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := hold(t, nil, func(c *talk.Conversation, srv *realtimetest.Server) {
			srv.Conns()[0].Drop()
			speak(c, realtimetest.Silence(2*time.Second))
		})
		require.NoError(t, err)
		assert.Equal(t, []string{
			"connecting", "listening", "connecting The connection was lost. Reconnecting.",
			"listening The connection was restored.", "over",
		}, p.log())
	})
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := hold(t, func(c *realtimetest.Config) {
			c.Credentials = func(realtimetest.Credential) error { return errors.New("no such key") }
		}, nil)
		require.ErrorContains(t, err, "no such key")
		assert.Contains(t, strings.Join(p.log(), "|"), "error realtime: server error: no such key")
	})
}
