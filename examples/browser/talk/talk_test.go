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

// page is a Page without a browser. It records what is shown, and plays at the speed of the
// clock.
type page struct {
	conversation *talk.Conversation
	running      sync.WaitGroup

	mu         sync.Mutex // guards the fields below
	shown      []string
	answers    []talk.Caption // final ones of the model
	live       []talk.Caption // other ones of the model
	generation int
	waiting    int // bytes that are not played
	played     int // bytes
	playing    bool
}

func (p *page) note(format string, args ...any) {
	p.shown = append(p.shown, fmt.Sprintf(format, args...))
}

func (p *page) Show(s talk.State, detail, advice string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note("%s", strings.Join(strings.Fields(string(s)+" "+detail+" "+advice), " "))
}

func (p *page) Say(c talk.Caption) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !c.Final && c.Who == talk.Model:
		if n := len(p.live); c.Cut && (n == 0 || !p.live[n-1].Cut) {
			p.note("cut") // At once, before the turn is known to be over.
		}
		p.live = append(p.live, c)
	case c.Final && c.Who == talk.Model:
		p.answers = append(p.answers, c)
		p.note("model: %s", c.Said)
	case c.Final:
		p.note("user: %s", c.Said)
	}
}

func (p *page) Tool(_, name, arguments, result string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note("%s%s%s", name, arguments, result)
}

func (p *page) Play(sound []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting += len(sound)
	if !p.playing {
		p.playing = true
		generation := p.generation
		p.running.Go(func() { p.run(generation) })
	}
}

// run plays until nothing waits.
func (p *page) run(generation int) {
	for {
		time.Sleep(20 * time.Millisecond)
		p.mu.Lock()
		if p.generation != generation || p.waiting == 0 {
			p.playing = p.playing && p.generation != generation
			p.mu.Unlock()
			return
		}
		n := min(p.waiting, audio.PCM24k.Bytes(20*time.Millisecond))
		p.waiting -= n
		p.played += n
		played := p.played
		p.mu.Unlock()
		p.conversation.Played(generation, played)
	}
}

func (p *page) Clear(generation int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.generation, p.waiting, p.played, p.playing = generation, 0, 0, false
}

func (p *page) log() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.shown)
}

// with returns the entries of the log that begin with one of the words. States, captions and
// tools come from loops of their own, whose order is not given.
func (p *page) with(words ...string) string {
	var entries []string
	for _, e := range p.log() {
		if slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(e, w) }) {
			entries = append(entries, e)
		}
	}
	return strings.Join(entries, "|")
}

func (p *page) states() string {
	return p.with("connecting", "listening", "thinking", "speaking", "error", "over")
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
	defer p.running.Wait()
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

const lookUp = `weather{"city":"Lisbon","day":"Saturday"}`

func TestQuestionAndAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := hold(t, nil, func(c *talk.Conversation, _ *realtimetest.Server) {
			speak(c, slices.Concat(recording(t, "question"), realtimetest.Silence(8*time.Second)))
		})
		require.NoError(t, err)
		assert.Equal(t, "connecting|listening|thinking|speaking|listening|over", p.states())
		assert.Equal(t, "user: "+site.Question+"|model: "+site.Answer, p.with("user", "model"))
		assert.Equal(t, lookUp+"|"+lookUp+`{"sky":"sunny","high_celsius":24,"wind":"light"}`, p.with("weather"))
		require.Len(t, p.answers, 1)
		assert.Greater(t, p.answers[0].Wait, 600*time.Millisecond, "the server thinks for that long")
		assert.Less(t, p.answers[0].Wait, 3*time.Second)
		assert.False(t, p.answers[0].Cut)
	})
}

// While the model speaks, the words that were heard grow, and the others are marked.
func TestWordsAreMarkedUntilTheyAreHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := hold(t, nil, func(c *talk.Conversation, _ *realtimetest.Server) {
			speak(c, slices.Concat(recording(t, "question"), realtimetest.Silence(8*time.Second)))
		})
		require.NoError(t, err)
		var lengths []int
		whole := 0 // captions that have the whole answer, of which some is still to be heard
		for _, c := range p.live {
			if c.Said+c.Unheard == site.Answer && c.Unheard != "" && c.Said != "" {
				whole++
			}
			if n := len(lengths); n == 0 || lengths[n-1] != len(c.Said) {
				lengths = append(lengths, len(c.Said))
			}
		}
		assert.Greater(t, whole, 5)
		assert.True(t, slices.IsSorted(lengths), "%v", lengths)
		assert.Greater(t, len(lengths), 5)
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
		require.Len(t, p.answers, 2)
		cut := p.answers[0]
		assert.True(t, cut.Cut)
		assert.NotEmpty(t, cut.Said)
		assert.NotEmpty(t, cut.Unheard)
		assert.Regexp(t, "^"+cut.Said+cut.Unheard, site.Answer)
		assert.Equal(t, "connecting|listening|thinking|speaking|listening|thinking|speaking|listening|over", p.states())
		assert.Equal(t, "user: "+site.Question+"|user: "+site.Interruption, p.with("user"))
		assert.Equal(t, "model: "+cut.Said+"|model: "+site.Tomorrow, p.with("model"))
		// The cut is shown at once, before the turn is known to be over.
		assert.Contains(t, p.with("cut", "thinking"), "thinking|cut|thinking")
	})
}

func TestWhatIsWrittenIsAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := hold(t, nil, func(c *talk.Conversation, _ *realtimetest.Server) {
			c.Write(t.Context(), "How is the weather?")
			time.Sleep(3 * time.Second) // The answer is being spoken.
			c.Write(t.Context(), "And tomorrow?")
			time.Sleep(8 * time.Second)
		})
		require.NoError(t, err)
		require.Len(t, p.answers, 2)
		assert.True(t, p.answers[0].Cut, "writing interrupts")
		assert.Equal(t, site.Tomorrow, p.answers[1].Said)
		assert.Regexp(t, "^connecting.listening.thinking.speaking.(listening.)?thinking.speaking.listening.over$", p.states())
		assert.Equal(t, "user: How is the weather?|user: And tomorrow?", p.with("user"))
		assert.Equal(t, lookUp, strings.Split(p.with("weather"), "|")[0])
	})
}

func TestInterruptStopsTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, err := hold(t, nil, func(c *talk.Conversation, srv *realtimetest.Server) {
			c.Interrupt(t.Context()) // Nothing is being said.
			c.Write(t.Context(), "How is the weather?")
			time.Sleep(3 * time.Second)
			c.Interrupt(t.Context())
			synctest.Wait()
		})
		require.NoError(t, err)
		require.Len(t, p.answers, 1)
		assert.True(t, p.answers[0].Cut)
		log := p.log()
		assert.Equal(t, []string{"listening", "over"}, log[len(log)-2:])
		assert.Zero(t, p.waiting, "the loudspeaker is silent")
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
			"connecting", "listening", "connecting The connection was lost. It is being restored: wait a moment.",
			"listening The connection was restored.", "over",
		}, p.log())
	})
}

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	refusing := func(c *realtimetest.Config) {
		c.Credentials = func(realtimetest.Credential) error { return errors.New("no such key") }
	}
	for name, c := range map[string]struct {
		change       func(*realtimetest.Config)
		do           func(context.Context, *realtimetest.Server)
		want, advice string
	}{
		"the secret is refused": {refusing, nil, "The service refused the conversation: no such key.", "Start again: the page then asks for a new secret."},
		"the session ends": {nil, func(ctx context.Context, srv *realtimetest.Server) {
			srv.Conns()[0].Close(1000, "")
			<-ctx.Done()
		}, "The service has ended the conversation.", "Start again to go on."},
		"the service is gone": {nil, func(ctx context.Context, srv *realtimetest.Server) {
			srv.Close()
			<-ctx.Done()
		}, "The service cannot be reached.", "Check that you are online"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, err := hold(t, c.change, func(_ *talk.Conversation, srv *realtimetest.Server) { c.do(t.Context(), srv) })
				require.Error(t, err)
				log := p.log()
				last := log[len(log)-1]
				assert.True(t, strings.HasPrefix(last, "error "+c.want), last)
				assert.Contains(t, last, c.advice)
			})
		})
	}
}
