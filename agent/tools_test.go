package agent

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
)

// requestTag is the metadata member that Request adds to a response.create.
const requestTag = "realtime_go_request"

// connect opens a session to a play.
func connect(t *testing.T, play func(p *peer.Peer)) *realtime.Session {
	t.Helper()
	network := peer.Serve(t, play)
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), &realtime.Options{CloseTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func callDone(response, id, name, arguments string) string {
	return fmt.Sprintf(`{"type":"response.output_item.done","event_id":"e","response_id":%q,"output_index":0,"item":{"type":"function_call","id":"item_%s","status":"completed","call_id":%q,"name":%q,"arguments":%q}}`,
		response, id, id, name, arguments)
}

func responseEvent(what, id, status string) string {
	return fmt.Sprintf(`{"type":"response.%s","event_id":"e","response":{"id":%q,"conversation_id":"c","status":%q,"output":[]}}`, what, id, status)
}

// confirm answers a function output as the server does.
func confirm(p *peer.Peer, m map[string]any) {
	p.Send(fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e","item":{"type":"function_call_output","id":%q,"call_id":%q,"output":""}}`,
		peer.TextAt(m, "item", "id"), peer.TextAt(m, "item", "call_id")))
}

// refuse answers an event with an error.
func refuse(p *peer.Peer, m map[string]any, code string) {
	p.Send(fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":%q,"message":"private words","param":null,"event_id":%q}}`,
		code, peer.TextAt(m, "event_id")))
}

// begin answers a response.create.
func begin(p *peer.Peer, m map[string]any, id string) {
	p.Send(fmt.Sprintf(`{"type":"response.created","event_id":"e","response":{"id":%q,"conversation_id":"c","status":"in_progress","output":[],"metadata":{%q:%q}}}`,
		id, requestTag, peer.TextAt(m, "response", "metadata", requestTag)))
}

type city struct{ City string }

// weather are tools whose slow function waits for the test.
func weather(release <-chan struct{}) *Tools {
	t := NewTools()
	AddTool(t, &api.FunctionTool{Name: "weather"}, func(_ context.Context, a city) (any, error) {
		return map[string]string{"weather": "sunny in " + a.City}, nil
	})
	AddTool(t, &api.FunctionTool{Name: "slow"}, func(ctx context.Context, _ city) (any, error) {
		select {
		case <-release:
			return "late", nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	AddTool(t, &api.FunctionTool{Name: "broken"}, func(context.Context, city) (any, error) { return nil, errors.New("no such city") })
	AddTool(t, &api.FunctionTool{Name: "panics"}, func(context.Context, city) (any, error) { panic("secret detail") })
	return t
}

// runTools connects to a play, attaches the tools and runs until it ends.
func runTools(t *testing.T, tools *Tools, play func(p *peer.Peer)) {
	t.Helper()
	s := connect(t, func(p *peer.Peer) {
		p.Created()
		play(p)
		p.Close(1000, "bye")
	})
	m := realtime.NewMux()
	tools.Attach(m)
	m.OnServerError(func(context.Context, *realtime.Session, *realtime.ServerError) error { return nil })
	require.NoError(t, m.Run(t.Context(), s))
	tools.Wait()
}

func TestToolsOfOneResponseAskOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	tools := weather(release)
	require.Len(t, tools.List(), 4)
	runTools(t, tools, func(p *peer.Peer) {
		p.Send(responseEvent("created", "r1", "in_progress"))
		p.Send(callDone("r1", "c1", "weather", `{"city":"Lisbon"}`))
		p.Send(callDone("r1", "c2", "slow", `{}`))
		first := p.Expect("conversation.item.create")
		assert.Equal(t, "c1", peer.TextAt(first, "item", "call_id"), "a slow call holds up no other")
		assert.JSONEq(t, `{"weather":"sunny in Lisbon"}`, peer.TextAt(first, "item", "output"))
		confirm(p, first)
		p.Send(responseEvent("done", "r1", "completed"))
		close(release)
		second := p.Expect("conversation.item.create")
		assert.Equal(t, "late", peer.TextAt(second, "item", "output"))
		confirm(p, second)
		ask := p.Expect("response.create")
		begin(p, ask, "r2")
		p.Send(responseEvent("done", "r2", "completed"))
		p.Send(`{"type":"rate_limits.updated","event_id":"last","rate_limits":[]}`)
	})
}

func TestToolsAskAgainAfterARefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runTools(t, weather(nil), func(p *peer.Peer) {
			p.Send(responseEvent("created", "r1", "in_progress"))
			p.Send(callDone("r1", "c1", "weather", `{"city":"Porto"}`))
			output := p.Expect("conversation.item.create")
			p.Send(responseEvent("done", "r1", "completed"))
			ask := p.Expect("response.create")
			// The server began r2 before the output came, and refuses ours.
			p.Send(responseEvent("created", "r2", "in_progress"))
			confirm(p, output)
			refuse(p, ask, realtime.CodeResponseActive)
			synctest.Wait()
			p.Send(responseEvent("done", "r2", "completed"))
			p.Expect("response.create")
		})
	})
}

func TestToolsAreContentWithAResponseThatSawTheirOutput(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	runTools(t, weather(release), func(p *peer.Peer) {
		p.Send(responseEvent("created", "r1", "in_progress"))
		p.Send(callDone("r1", "c1", "slow", `{}`))
		p.Send(responseEvent("done", "r1", "cancelled")) // The user has begun to speak.
		close(release)
		confirm(p, p.Expect("conversation.item.create"))
		p.Send(responseEvent("created", "r2", "in_progress")) // The server's own answer to the user.
		p.Send(responseEvent("done", "r2", "completed"))
		_ = p.WS.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "bye"), time.Now().Add(time.Second))
		assert.Nil(t, p.Read(), "nothing more was asked")
	})
}

func TestToolFailuresAreToldToTheModel(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ function, arguments, want string }{
		"error":            {"broken", `{}`, `{"error":"no such city"}`},
		"panic":            {"panics", `{}`, `{"error":"the function failed"}`},
		"unfit arguments":  {"weather", `[]`, `the arguments do not fit`},
		"broken arguments": {"weather", `{"city`, `the arguments do not fit`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runTools(t, weather(nil), func(p *peer.Peer) {
				p.Send(responseEvent("created", "r1", "in_progress"))
				p.Send(callDone("r1", "c1", tc.function, tc.arguments))
				output := peer.TextAt(p.Expect("conversation.item.create"), "item", "output")
				assert.Contains(t, output, tc.want)
				assert.NotContains(t, output, "secret")
			})
		})
	}
}

func TestToolsEndWithTheSession(t *testing.T) {
	t.Parallel()
	runTools(t, weather(make(chan struct{})), func(p *peer.Peer) {
		p.Send(callDone("r1", "c1", "slow", `{}`))
	}) // Wait in runTools returns, since the function's context has ended.
}

const complaint = `{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"odd","message":"private words","event_id":"mine"}}`

// TestToolsTakeTheirOwnRefusalAlone holds that Run returns errors of the server,
// but for the refusal of a request of Tools that came too late.
func TestToolsTakeTheirOwnRefusalAlone(t *testing.T) {
	t.Parallel()
	tools := weather(nil)
	s := connect(t, func(p *peer.Peer) {
		p.Created()
		p.Send(responseEvent("created", "r1", "in_progress"))
		p.Send(callDone("r1", "c1", "weather", `{}`))
		p.Send(responseEvent("done", "r1", "completed"))
		confirm(p, p.Expect("conversation.item.create"))
		mine := p.Expect("response.create")
		p.Send(fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"c","message":"m","event_id":%q}}`, mine["event_id"]))
		p.Send(complaint)
		p.Close(1000, "")
	})
	m := realtime.NewMux()
	tools.Attach(m)
	err := m.Run(t.Context(), s)
	tools.Wait()
	told, ok := errors.AsType[*realtime.ServerError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "mine", told.EventID())
	assert.NotContains(t, err.Error(), "code=c")
	require.NoError(t, s.Close())
}

// TestToolsWithAServerThatEchoesNoTag holds that the end of a response settles a
// request that Request itself cannot match.
func TestToolsWithAServerThatEchoesNoTag(t *testing.T) {
	t.Parallel()
	runTools(t, weather(nil), func(p *peer.Peer) {
		for _, id := range []string{"r1", "r2"} {
			p.Send(responseEvent("created", id, "in_progress"))
			p.Send(callDone(id, "call_"+id, "weather", `{"city":"Faro"}`))
			confirm(p, p.Expect("conversation.item.create"))
			p.Send(responseEvent("done", id, "completed"))
			p.Expect("response.create")
		}
	})
}
