package realtime

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

func callDone(response, id, name, arguments string) string {
	return fmt.Sprintf(`{"type":"response.output_item.done","event_id":"e","response_id":%q,"output_index":0,"item":{"type":"function_call","id":"item_%s","status":"completed","call_id":%q,"name":%q,"arguments":%q}}`,
		response, id, id, name, arguments)
}

func responseEvent(what, id, status string) string {
	return fmt.Sprintf(`{"type":"response.%s","event_id":"e","response":{"id":%q,"conversation_id":"c","status":%q,"output":[]}}`, what, id, status)
}

// confirm answers a function output as the server does.
func (p *peer) confirm(m map[string]any) {
	p.send(fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e","previous_item_id":null,"item":{"type":"function_call_output","id":"o","call_id":%q,"output":""}}`,
		textAt(m, "item", "call_id")))
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
func runTools(t *testing.T, tools *Tools, play func(p *peer)) {
	t.Helper()
	s := connect(t, script(t, func(p *peer) {
		p.created()
		play(p)
		p.close(1000, "bye")
	}), nil)
	m := NewMux()
	tools.Attach(m)
	m.OnServerError(func(context.Context, *Session, *ServerError) error { return nil })
	require.NoError(t, m.Run(t.Context(), s))
	tools.Wait()
}

func TestToolsOfOneResponseAskOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	tools := weather(release)
	require.Len(t, tools.List(), 4)
	runTools(t, tools, func(p *peer) {
		p.send(responseEvent("created", "r1", "in_progress"))
		p.send(callDone("r1", "c1", "weather", `{"city":"Lisbon"}`))
		p.send(callDone("r1", "c2", "slow", `{}`))
		first := p.expect("conversation.item.create")
		assert.Equal(t, "c1", textAt(first, "item", "call_id"), "a slow call holds up no other")
		assert.JSONEq(t, `{"weather":"sunny in Lisbon"}`, textAt(first, "item", "output"))
		p.confirm(first)
		p.send(responseEvent("done", "r1", "completed"))
		close(release)
		second := p.expect("conversation.item.create")
		assert.Equal(t, "late", textAt(second, "item", "output"))
		p.confirm(second)
		ask := p.expect("response.create")
		tag := textAt(ask, "response", "metadata", requestTag)
		p.send(fmt.Sprintf(`{"type":"response.created","event_id":"e","response":{"id":"r2","conversation_id":"c","status":"in_progress","output":[],"metadata":{%q:%q}}}`, requestTag, tag))
		p.send(responseEvent("done", "r2", "completed"))
		p.send(`{"type":"rate_limits.updated","event_id":"last","rate_limits":[]}`)
	})
}

func TestToolsAskAgainAfterARefusal(t *testing.T) {
	t.Parallel()
	runTools(t, weather(nil), func(p *peer) {
		p.send(responseEvent("created", "r1", "in_progress"))
		p.send(callDone("r1", "c1", "weather", `{"city":"Porto"}`))
		output := p.expect("conversation.item.create")
		p.send(responseEvent("done", "r1", "completed"))
		ask := p.expect("response.create")
		// The server began r2 before the output came, and refuses ours.
		p.send(responseEvent("created", "r2", "in_progress"))
		p.confirm(output)
		p.send(fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":%q,"message":"m","param":null,"event_id":%q}}`,
			CodeResponseActive, textAt(ask, "event_id")))
		p.send(responseEvent("done", "r2", "completed"))
		p.expect("response.create")
	})
}

func TestToolsAreContentWithAResponseThatSawTheirOutput(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	runTools(t, weather(release), func(p *peer) {
		p.send(responseEvent("created", "r1", "in_progress"))
		p.send(callDone("r1", "c1", "slow", `{}`))
		p.send(responseEvent("done", "r1", "cancelled")) // The user has begun to speak.
		close(release)
		p.confirm(p.expect("conversation.item.create"))
		p.send(responseEvent("created", "r2", "in_progress")) // The server's own answer to the user.
		p.send(responseEvent("done", "r2", "completed"))
		p.send(callDone("r2", "c9", "unknown", `{}`))
		_ = p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "bye"), time.Now().Add(time.Second))
		assert.Nil(t, p.read(), "nothing more was asked")
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
			runTools(t, weather(nil), func(p *peer) {
				p.send(responseEvent("created", "r1", "in_progress"))
				p.send(callDone("r1", "c1", tc.function, tc.arguments))
				output := textAt(p.expect("conversation.item.create"), "item", "output")
				assert.Contains(t, output, tc.want)
				assert.NotContains(t, output, "secret")
			})
		})
	}
}

func TestToolsEndWithTheSession(t *testing.T) {
	t.Parallel()
	runTools(t, weather(make(chan struct{})), func(p *peer) {
		p.send(callDone("r1", "c1", "slow", `{}`))
	}) // Wait in runTools returns, since the function's context has ended.
}
