package mcptools

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// The bounds of waiting for other processes.
const (
	waitLong = 20 * time.Second
	waitStep = 10 * time.Millisecond
)

// talk starts a conversation with an agent that has the tools of a server. The model calls
// the tool that the user names and says what it returned.
func talk(t *testing.T, s *Server, arguments string) (*agent.Conversation, *realtimetest.Server) {
	t.Helper()
	script := realtimetest.Script{Rules: []realtimetest.Rule{{Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
		last := turn.Items[len(turn.Items)-1]
		if out, ok := last.(*api.FunctionCallOutput); ok {
			return []realtimetest.Step{realtimetest.Say{Text: out.Output}}
		}
		user, ok := last.(*api.UserMessage)
		if !ok || user.Content[0].Text == nil {
			return []realtimetest.Step{realtimetest.Say{Text: "?"}}
		}
		return []realtimetest.Step{realtimetest.Call{Name: *user.Content[0].Text, Arguments: arguments}}
	}}}}
	srv := realtimetest.NewServer(&realtimetest.Config{Script: script})
	t.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any", Proxy: realtime.NoProxy})
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	session, err := client.Connect(t.Context(), realtime.Model(api.ModelGPTRealtime2_1), nil)
	require.NoError(t, err)
	conv, err := agent.Start(t.Context(), session, &agent.Agent{Name: "clerk", Toolbox: s.Tools}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conv.Close()) })
	return conv, srv
}

func ask(t *testing.T, c *agent.Conversation, text string) *agent.Turn {
	t.Helper()
	a, err := c.Ask(t.Context(), text)
	require.NoError(t, err)
	turn, err := a.Turn(t.Context())
	require.NoError(t, err)
	return turn
}

func TestAnAgentUsesTheTools(t *testing.T) {
	t.Parallel()
	overBoth(t, nil, func(t *testing.T, s *Server) {
		t.Helper()
		c, srv := talk(t, s, `{"a":20,"b":3}`)
		assert.JSONEq(t, `{"total":23}`, ask(t, c, "add").Said)
		assert.JSONEq(t, `{"error":"the disk is full"}`, ask(t, c, "fail").Said)
		update := realtimetest.AllReceived[*api.SessionUpdate](srv.Conns()[0])[0]
		config, ok := update.Session.(*api.RealtimeSessionConfig)
		require.True(t, ok)
		assert.Len(t, config.Tools, 34)
	})
}

func TestAnImageIsPutIntoTheConversation(t *testing.T) {
	t.Parallel()
	overBoth(t, nil, func(t *testing.T, s *Server) {
		t.Helper()
		c, _ := talk(t, s, `{}`)
		said := ask(t, c, "picture").Said
		assert.Contains(t, said, "a pixel\n(The image is in a message beside this output.)\n(image, image/gif")
		var images int
		for _, item := range c.History().Items() {
			if m, ok := item.Item.(*api.UserMessage); ok && m.Content[0].Type == api.UserContentTypeInputImage {
				images++
			}
		}
		assert.Equal(t, 1, images)
	})
}

func TestArgumentsAreCheckedByTheSchemaOfTheServer(t *testing.T) {
	t.Parallel()
	s := peers["stdio"](t, nil)
	defer func() { assert.NoError(t, s.Close()) }()
	c, _ := talk(t, s, `{"a":"one"}`)
	turn := ask(t, c, "add")
	require.Len(t, turn.Calls, 1)
	require.ErrorContains(t, turn.Calls[0].Err, "do not fit")
}

func TestAPersonDecidesOnCallsOfTheServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		why  error
		said string
	}{
		"approved": {nil, `{"total":2}`},
		"refused":  {errors.New("not today"), `{"error":"not today"}`},
	} {
		for transport, connect := range peers {
			t.Run(name+" over "+transport, func(t *testing.T) {
				t.Parallel()
				desk := &agent.Desk{}
				s := connect(t, &Options{Approve: desk.Approve})
				defer func() { assert.NoError(t, s.Close()) }()
				conv, _ := talk(t, s, `{"a":1,"b":1}`)
				a, err := conv.Ask(t.Context(), "add")
				require.NoError(t, err)
				require.Eventually(t, func() bool { return len(desk.Waiting()) == 1 }, waitLong, waitStep)
				waiting := desk.Waiting()[0]
				assert.Equal(t, "add", waiting.Tool)
				require.True(t, desk.Decide(waiting.ID, c.why))
				turn, err := a.Turn(t.Context())
				require.NoError(t, err)
				assert.JSONEq(t, c.said, turn.Said)
			})
		}
	}
}

func TestASlowToolIsCancelledByItsTime(t *testing.T) {
	t.Parallel()
	for transport, connect := range peers {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			s := connect(t, &Options{Adapt: func(tool *agent.Tool, _ *mcp.Tool) bool {
				if tool.Name == "slow" {
					tool.Timeout = 100 * time.Millisecond
				}
				return true
			}})
			defer func() { assert.NoError(t, s.Close()) }()
			c, _ := talk(t, s, `{}`)
			turn := ask(t, c, "slow")
			require.ErrorIs(t, turn.Calls[0].Err, agent.ErrTooSlow)
			slowness(t, s, "1 of 1 cancelled")
		})
	}
}

func TestTheEndOfAConversationCancelsItsCalls(t *testing.T) {
	t.Parallel()
	overBoth(t, nil, func(t *testing.T, s *Server) {
		t.Helper()
		c, _ := talk(t, s, `{}`)
		_, err := c.Ask(t.Context(), "slow")
		require.NoError(t, err)
		slowness(t, s, "0 of 1 cancelled")
		require.NoError(t, c.Close())
		slowness(t, s, "1 of 1 cancelled")
	})
}

func TestAnAgentTakesChangedToolsOver(t *testing.T) {
	t.Parallel()
	overBoth(t, nil, func(t *testing.T, s *Server) {
		t.Helper()
		c, srv := talk(t, s, `{}`)
		var following sync.WaitGroup
		following.Go(func() { s.Follow(t.Context(), c) })
		require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.followers) == 1 }, waitLong, waitStep)
		ask(t, c, "grow")
		require.Eventually(t, func() bool { // The server announces it when it likes.
			for _, u := range realtimetest.AllReceived[*api.SessionUpdate](srv.Conns()[0]) {
				config, ok := u.Session.(*api.RealtimeSessionConfig)
				for _, tool := range config.Tools {
					if f, isFunction := tool.(*api.FunctionTool); ok && isFunction && f.Name == "grown" {
						return true
					}
				}
			}
			return false
		}, waitLong, waitStep)
		require.Eventually(t, func() bool { return ask(t, c, "grown").Said == "new" }, waitLong, waitStep)
		require.NoError(t, c.Close())
		following.Wait() // It ends with the conversation.
	})
}
