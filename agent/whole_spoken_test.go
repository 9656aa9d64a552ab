package agent

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// TestSpokenConversationsInRandomSchedules is TestAgentsInRandomSchedules on a simulated
// telephone: the user speaks, also while the agent does, and the server answers speech by
// itself, or does not.
func TestSpokenConversationsInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range max(seeds()/10, 1) { // They take ten times as long.
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newPlay(t, uint64(seed)).speak() })
		})
	}
}

func (p *play) speak() {
	t := p.t
	defer p.srv.Close()
	l := voice.NewSimLine(audio.ULaw, audio.ULaw)
	l.OnClear = []voice.ClearBehaviour{voice.ClearReturnsMarks, voice.ClearDropsMarks, voice.ClearIgnoresMarks}[p.n(3)]
	a := p.agents()
	if p.n(4) == 0 {
		for _, x := range []*Agent{a, a.Handoffs[0]} {
			if x.Session == nil {
				x.Session = &api.RealtimeSessionConfig{}
			}
			x.Session.Audio = &api.SessionAudio{Input: &api.AudioInput{TurnDetection: &api.ServerVAD{CreateResponse: new(false)}}}
		}
	}
	c, err := Start(t.Context(), nil, a, &Options{Line: l, Greeting: "Hello.", Connect: p.connect})
	require.NoError(t, err)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	go p.watch(c)
	wg.Go(func() { p.decide(stop) })
	wg.Go(func() { p.disturb(c, stop) })
	for range 1 + p.n(4) {
		time.Sleep(p.pause(8 * time.Second))
		p.note("speaks")
		require.NoError(t, l.Speak(t.Context(), speech(500*time.Millisecond+p.pause(2*time.Second))))
	}
	close(stop)
	wg.Wait()
	time.Sleep(5 * time.Minute)
	c.mu.Lock()
	if !c.arbiter.Idle() && !c.interrupted() {
		assert.Fail(t, "not idle", "%+v", c.arbiter)
	}
	c.mu.Unlock()
	l.Leave()
	require.NoError(t, c.Wait(t.Context()))
	assert.Equal(t, User, c.End().By)
	p.check()
	p.heard(l)
	if t.Failed() {
		p.print()
	}
}

// heard checks that the server was never told that more was heard than was.
func (p *play) heard(l *voice.SimLine) {
	told := time.Duration(0)
	for _, conn := range p.srv.Conns() {
		for _, e := range realtimetest.AllSent[*api.ConversationItemTruncated](conn) {
			told += e.AudioEnd()
		}
	}
	assert.LessOrEqual(p.t, told, audio.ULaw.Duration(len(l.Heard()))+100*time.Millisecond)
}
