package realtime_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/like"
)

// TestCompatibleServers holds a conversation with the test server in the manner of each
// server that is known to deviate: settings, items, a response, a function call, speech,
// errors, and a connection that is lost. What a server refuses is skipped.
func TestCompatibleServers(t *testing.T) {
	t.Parallel()
	for name, s := range like.All() {
		for step, run := range map[string]func(*testing.T, *compatible){
			"settings": compatibleSettings, "items": compatibleItems, "response": compatibleResponse,
			"call": compatibleCall, "speech": compatibleSpeech, "error": compatibleError, "drop": compatibleDrop,
		} {
			t.Run(name+"/"+step, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { run(t, connectTo(t, s)) })
			})
		}
	}
}

// compatible is a session with a server that deviates.
type compatible struct {
	*realtime.Session
	ctx  context.Context
	like *like.Server
	srv  *realtimetest.Server
}

func connectTo(t *testing.T, s *like.Server) *compatible {
	t.Helper()
	srv := realtimetest.New(&realtimetest.Config{Like: s, Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "good evening"}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Said("weather"), Do: []realtimetest.Step{realtimetest.Call{Name: "weather", Arguments: `{"city":"Lisbon"}`, ID: "call_1"}}},
		},
	}})
	t.Cleanup(srv.Close)
	cfg := &realtime.Config{APIKey: "sk-test", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy}
	if s.Basic {
		cfg.APIKey, cfg.Credentials = "", realtime.Static(realtime.Basic("user", "secret"))
	}
	if s.Keyless {
		cfg.APIKey, cfg.Credentials = "", realtime.NoCredential
	}
	client, err := realtime.NewClient(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	session, err := client.Connect(ctx, realtime.Model("m"), &realtime.Options{Reconnect: &realtime.Reconnect{}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return &compatible{Session: session, ctx: ctx, like: s, srv: srv}
}

// skip skips a test of what the server refuses or does not answer.
func (c *compatible) skip(t *testing.T, events ...string) {
	t.Helper()
	for _, e := range events {
		if c.like.Refuses(e) || c.like.Ignores(e) {
			t.SkipNow()
		}
	}
}

// say writes a message of the user.
func (c *compatible) say(t *testing.T, text string) {
	t.Helper()
	_, err := c.Request(c.ctx, &api.ConversationItemCreate{Item: api.UserText(text)})
	require.NoError(t, err)
}

// respond asks for a response in text.
func (c *compatible) respond(t *testing.T) *realtime.Answer {
	t.Helper()
	stream, err := c.Respond(c.ctx, &api.ResponseCreate{Response: &api.ResponseParams{OutputModalities: []api.Modality{api.ModalityText}}})
	require.NoError(t, err)
	answer, err := stream.Answer(c.ctx)
	require.NoError(t, err)
	require.NoError(t, answer.Err())
	return answer
}

func compatibleSettings(t *testing.T, c *compatible) {
	t.Helper()
	c.Discard()
	for _, instructions := range []string{"Be brief.", "Sing."} {
		_, err := c.Update(c.ctx, &api.RealtimeSessionConfig{Instructions: new(instructions)})
		require.NoError(t, err)
	}
	time.Sleep(45 * time.Second) // Pings, also those that are events, end nothing.
	_, err := c.Update(c.ctx, &api.RealtimeSessionConfig{Instructions: new("Whisper.")})
	require.NoError(t, err)
}

func compatibleItems(t *testing.T, c *compatible) {
	t.Helper()
	c.skip(t, "conversation.item.create", "conversation.item.delete")
	c.Discard()
	item := api.UserText("hello")
	item.ID = new("mine")
	_, err := c.Request(c.ctx, &api.ConversationItemCreate{Item: item})
	require.NoError(t, err)
	_, err = c.Request(c.ctx, &api.ConversationItemDelete{ItemID: "mine"})
	require.NoError(t, err)
	c.say(t, "and again")
}

func compatibleResponse(t *testing.T, c *compatible) {
	t.Helper()
	c.skip(t, "response.create")
	c.Discard()
	c.say(t, "hello")
	assert.Equal(t, "You said: hello", c.respond(t).Text)
	c.say(t, "and bye")
	assert.Equal(t, "You said: and bye", c.respond(t).Text)
}

func compatibleCall(t *testing.T, c *compatible) {
	t.Helper()
	c.skip(t, "response.create")
	c.Discard()
	c.say(t, "How is the weather?")
	answer := c.respond(t)
	require.Len(t, answer.Calls, 1)
	assert.Equal(t, "weather", answer.Calls[0].Name)
	assert.JSONEq(t, `{"city":"Lisbon"}`, answer.Calls[0].Arguments)
	_, err := c.Request(c.ctx, &api.ConversationItemCreate{Item: api.FunctionOutput(answer.Calls[0].CallID, "sunny")})
	require.NoError(t, err)
	assert.Equal(t, "The answer is: sunny", c.respond(t).Text)
}

// compatibleSpeech waits for the end of the response to spoken audio, and collects it.
func compatibleSpeech(t *testing.T, c *compatible) {
	t.Helper()
	rate := 24_000
	if c.like.InputRate > 0 {
		rate = c.like.InputRate
	}
	tone := realtimetest.Tone(time.Second)
	require.NoError(t, c.AppendAudio(c.ctx, append(tone[:2*rate], make([]byte, 2*rate)...)))
	var said string
	for {
		e, err := c.Recv(c.ctx)
		require.NoError(t, err)
		switch e := e.(type) {
		case *api.ResponseOutputAudioTranscriptDone:
			said = e.Transcript
		case *api.ResponseDone:
			assert.Equal(t, api.ResponseStatusCompleted, e.Response.Status)
			assert.Equal(t, "You said: good evening", said)
			return
		default: // Others.
		}
	}
}

// compatibleError shows the server's text to a request that is refused.
func compatibleError(t *testing.T, c *compatible) {
	t.Helper()
	c.Discard()
	_, err := c.Request(c.ctx, &api.ConversationItemCreate{Item: api.FunctionOutput("call_none", "x")})
	require.Error(t, err)
	assert.Regexp(t, `no function call with this call_id|not implemented`, err.Error())
	_, err = c.Update(c.ctx, &api.RealtimeSessionConfig{Instructions: new("Go on.")})
	require.NoError(t, err)
}

func compatibleDrop(t *testing.T, c *compatible) {
	t.Helper()
	c.skip(t, "response.create")
	_, err := c.Update(c.ctx, &api.RealtimeSessionConfig{Instructions: new("Be brief.")})
	require.NoError(t, err)
	c.say(t, "hello")
	conn, err := c.srv.Accept(c.ctx)
	require.NoError(t, err)
	conn.Drop()
	for {
		e, err := c.Recv(c.ctx)
		require.NoError(t, err)
		if again, ok := e.(*realtime.Reconnected); ok {
			assert.Len(t, again.Restored, 1)
			assert.Empty(t, again.Lost)
			break
		}
	}
	c.Discard()
	assert.Equal(t, "You said: hello", c.respond(t).Text)
}
