package agent

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
	"github.com/voicelane/realtime-go/realtimetest/like"
	"github.com/voicelane/realtime-go/voice"
)

// configured has the line of configuration of docs/compatible-servers.md for servers that
// need one beside the address and the key.
func configured(s *like.Server, cfg *realtime.Config, o *realtime.Options) {
	switch s.Name {
	case "Inworld":
		cfg.APIKey, cfg.Credentials = "", realtime.Static(realtime.Basic("user", "secret"))
	case "speaches":
		o.UntaggedRequests = true
	}
}

// likely runs a test with a session with the test server in the manner of another.
func likely(t *testing.T, s *like.Server, f func(t *testing.T, s *realtime.Session, srv *realtimetest.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Like: s, PingInterval: -1, Script: realtimetest.Script{
			Heard: []realtimetest.Heard{{Text: "A story."}, {Text: "Stop."}, {Text: "More."}},
			Rules: []realtimetest.Rule{
				rule(realtimetest.Returned("weather"), say("It is sunny.")),
				rule(realtimetest.Said("lisbon"), calling("weather", `{"city":"Lisbon"}`)),
				rule(realtimetest.Said("story"), say("Once upon a time there was a very long story that went on and on.")),
				rule(realtimetest.Said("stop"), say("All right.")),
				rule(realtimetest.Said("hello"), say("Good morning.")),
			},
		}})
		defer srv.Close()
		cfg := &realtime.Config{BaseURL: srv.URL, APIKey: "any", Proxy: realtime.NoProxy, DialContext: srv.DialContext}
		o := &realtime.Options{PingInterval: -1, Reconnect: &realtime.Reconnect{MaxAge: -1, InitialDelay: 100 * time.Millisecond}}
		if s.Keyless {
			cfg.APIKey, cfg.Credentials = "", realtime.NoCredential
		}
		configured(s, cfg, o)
		client, err := realtime.NewClient(cfg)
		require.NoError(t, err)
		session, err := client.Connect(t.Context(), realtime.Model("m"), o)
		require.NoError(t, err)
		f(t, session, srv)
	})
}

func weatherAgent() (a *Agent, runs *int) {
	runs = new(int)
	return &Agent{Instructions: Text("Be brief."), Tools: []Tool{
		Func("weather", "The weather.", func(_ context.Context, p place) (string, error) { *runs++; return "sunny in " + p.City, nil }),
	}}, runs
}

// TestAgentsWithCompatibleServers holds conversations with the test server in the manner
// of each server that is known to deviate: in writing, with a tool, on a line with an
// interruption, and over a lost connection.
func TestAgentsWithCompatibleServers(t *testing.T) {
	t.Parallel()
	for name, s := range like.All() {
		for part, run := range map[string]func(*testing.T, *like.Server){
			"writes": likeWrites, "calls": likeCalls, "talks": likeTalks, "reconnects": likeReconnects,
		} {
			t.Run(name+"/"+part, func(t *testing.T) {
				t.Parallel()
				run(t, s)
			})
		}
	}
}

// speaks reports whether the server can hold a conversation. One that cannot says so in
// the first request.
func speaks(t *testing.T, s *like.Server, c *Conversation) bool {
	t.Helper()
	if !s.Refuses("conversation.item.create") {
		return true
	}
	began := time.Now()
	_, err := c.Ask(t.Context(), "Hello?")
	require.ErrorContains(t, err, "not implemented")
	assert.Zero(t, time.Since(began), "at once")
	return false
}

func likeWrites(t *testing.T, s *like.Server) {
	t.Helper()
	likely(t, s, func(t *testing.T, session *realtime.Session, _ *realtimetest.Server) {
		t.Helper()
		c, err := Start(t.Context(), session, &Agent{Instructions: Text("Be brief.")}, nil)
		require.NoError(t, err)
		defer func() { assert.NoError(t, c.Close()) }()
		if !speaks(t, s, c) {
			return
		}
		assert.Equal(t, "Good morning.", asked(t, c, "Hello!").Said)
		assert.Equal(t, "You said: Again.", asked(t, c, "Again.").Said)
	})
}

func likeCalls(t *testing.T, s *like.Server) {
	t.Helper()
	likely(t, s, func(t *testing.T, session *realtime.Session, _ *realtimetest.Server) {
		t.Helper()
		a, runs := weatherAgent()
		c, err := Start(t.Context(), session, a, nil)
		require.NoError(t, err)
		defer func() { assert.NoError(t, c.Close()) }()
		if !speaks(t, s, c) {
			return
		}
		turn := asked(t, c, "How is Lisbon?")
		assert.Equal(t, "It is sunny.", turn.Said)
		require.Len(t, turn.Calls, 1)
		assert.Equal(t, "sunny in Lisbon", turn.Calls[0].Output)
		assert.Equal(t, 1, *runs)
	})
}

func likeTalks(t *testing.T, s *like.Server) {
	t.Helper()
	likely(t, s, func(t *testing.T, session *realtime.Session, srv *realtimetest.Server) {
		t.Helper()
		l := voice.NewSimLine(audio.PCM24k, audio.PCM24k)
		o := &Options{Line: l}
		if s.InputRate == audio.PCM16k.Rate() { // Qwen-Omni: the line of the documentation.
			o.Bridge = &voice.BridgeOptions{Formats: &voice.Formats{In: audio.PCM16k, Out: audio.PCM24k}}
		}
		c, err := Start(t.Context(), session, &Agent{}, o)
		require.NoError(t, err)
		defer func() { assert.NoError(t, c.Close()) }()
		if !speaks(t, s, c) {
			return
		}
		turns := c.Turns(t.Context())
		require.NoError(t, l.Speak(t.Context(), realtimetest.Tone(time.Second)))
		time.Sleep(2500 * time.Millisecond)
		require.NoError(t, l.Speak(t.Context(), realtimetest.Tone(time.Second)))
		time.Sleep(10 * time.Second)
		l.Leave()
		require.NoError(t, c.Wait(t.Context()))
		var said []string
		for turn, err := range turns {
			require.NoError(t, err)
			said = append(said, turn.Said)
			assert.Equal(t, len(said) == 1, turn.Cut)
		}
		require.Len(t, said, 2)
		assert.Regexp(t, "^Once upon", said[0])
		assert.NotContains(t, said[0], "on and on.")
		assert.Equal(t, "All right.", said[1])
		cuts := realtimetest.AllReceived[*api.ConversationItemTruncate](srv.Conns()[0])
		assert.Len(t, cuts, 1, "the server was told")
		if s.InputRate != 0 {
			heard := audio.PCM(s.InputRate).Duration(len(srv.Conns()[0].AudioReceived()))
			assert.InDelta(t, 14.5, heard.Seconds(), 0.1, "at its rate")
		}
	})
}

func likeReconnects(t *testing.T, s *like.Server) {
	t.Helper()
	likely(t, s, func(t *testing.T, session *realtime.Session, srv *realtimetest.Server) {
		t.Helper()
		a, _ := weatherAgent()
		c, err := Start(t.Context(), session, a, nil)
		require.NoError(t, err)
		defer func() { assert.NoError(t, c.Close()) }()
		if !speaks(t, s, c) {
			return
		}
		asked(t, c, "Hello!")
		srv.Conns()[0].Drop()
		assert.Equal(t, "It is sunny.", asked(t, c, "How is Lisbon?").Said)
		assert.Len(t, srv.Conns(), 2)
	})
}

// TestRequestsAreForgottenOnceAnswered holds a conversation with a server that does not echo
// the metadata by which an agent knows its requests.
func TestRequestsAreForgottenOnceAnswered(t *testing.T) {
	t.Parallel()
	s := like.All()["LocalAI"]
	require.True(t, s.NoMetadata)
	likely(t, s, func(t *testing.T, session *realtime.Session, _ *realtimetest.Server) {
		t.Helper()
		c, err := Start(t.Context(), session, &Agent{}, nil)
		require.NoError(t, err)
		defer watched(t, c)()
		for range 5 {
			require.NoError(t, c.Say(t.Context(), "Good morning."))
			assert.Equal(t, "Good morning.", asked(t, c, "Hello!").Said)
			c.mu.Lock()
			assert.LessOrEqual(t, len(c.tags), 1, "%v", c.tags)
			c.mu.Unlock()
		}
	})
}
