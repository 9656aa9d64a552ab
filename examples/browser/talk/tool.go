package talk

import (
	"context"
	"encoding/json"

	"github.com/voicelane/realtime-go/gen/api"
)

const weather = "weather"

// weatherTool returns a function that the model may call. It runs in the page.
func weatherTool() *api.FunctionTool {
	return &api.FunctionTool{
		Name:        weather,
		Description: new("Looks up the forecast for a city on a day."),
		Parameters: json.RawMessage(`{"type":"object","properties":{` +
			`"city":{"type":"string"},"day":{"type":"string"}},"required":["city","day"]}`),
	}
}

// done handles the end of a response. It runs the called functions and requests a
// response with their results.
func (c *Conversation) done(ctx context.Context, r *api.Response) error {
	c.mu.Lock()
	c.running = false
	c.mu.Unlock()
	called := false
	for _, item := range r.Output {
		call, ok := item.(*api.FunctionCall)
		if !ok || r.Status != api.ResponseStatusCompleted {
			continue
		}
		called = true
		c.page.Tool(call.CallID, call.Name, call.Arguments, "")
		result := run(call.Name, call.Arguments)
		c.page.Tool(call.CallID, call.Name, call.Arguments, result)
		if err := c.session.SendItem(ctx, api.FunctionOutput(call.CallID, result)); err != nil {
			return err
		}
	}
	if called {
		return c.session.Send(ctx, &api.ResponseCreate{})
	}
	c.mu.Lock()
	listening := !c.playing && c.state != Listening && c.state != Connecting
	if r.Status == api.ResponseStatusCancelled {
		listening = false // The code that cancelled the response has shown the state.
	}
	c.mu.Unlock()
	if listening {
		c.show(Listening, "")
	}
	if r.Status == api.ResponseStatusFailed {
		c.note("The model could not answer.")
	}
	return nil
}

// run makes up a forecast.
func run(name, arguments string) string {
	var where struct{ City, Day string }
	if err := json.Unmarshal([]byte(arguments), &where); name != weather || err != nil {
		return `{"error":"there is no such function, or its arguments are wrong"}`
	}
	return `{"sky":"sunny","high_celsius":24,"wind":"light"}`
}
