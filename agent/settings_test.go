package agent

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestPauseOf checks the silence after which the server takes a turn for over: the time a
// user has waited includes it.
func TestPauseOf(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 500*time.Millisecond, pauseOf(&api.ServerVAD{}), "the service's default")
	assert.Equal(t, 700*time.Millisecond, pauseOf(&api.ServerVAD{SilenceDurationMS: new(700)}))
	assert.Zero(t, pauseOf(&api.SemanticVAD{}))
	assert.Zero(t, pauseOf(api.Null{}))
}

func TestByItself(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		detection           api.TurnDetection
		answers, interrupts bool
	}{
		"default":         {nil, true, true},
		"none":            {api.Null{}, false, false},
		"server":          {&api.ServerVAD{}, true, true},
		"no responses":    {&api.ServerVAD{CreateResponse: new(false)}, false, true},
		"no interruption": {&api.SemanticVAD{InterruptResponse: new(false), CreateResponse: new(true)}, true, false},
	} {
		answers, interrupts := byItself(test.detection)
		assert.Equal(t, test.answers, answers, name)
		assert.Equal(t, test.interrupts, interrupts, name)
	}
}

// TestWhole checks which calls run: a cut one has arguments that look complete.
func TestWhole(t *testing.T) {
	t.Parallel()
	assert.True(t, whole(&api.FunctionCall{CallID: "c"}), "some servers give no status")
	assert.True(t, whole(&api.FunctionCall{CallID: "c", Status: new(api.ItemStatusCompleted)}))
	assert.False(t, whole(&api.FunctionCall{CallID: "c", Status: new(api.ItemStatusIncomplete)}))
	assert.False(t, whole(&api.FunctionCall{CallID: "c", Status: new(api.ItemStatusInProgress)}))
	assert.False(t, whole(&api.FunctionCall{Status: new(api.ItemStatusCompleted)}))
}

// TestToolsAreDescribed checks what the model reads of tools and hand-offs.
func TestToolsAreDescribed(t *testing.T) {
	t.Parallel()
	look := func(context.Context, place) (string, error) { return "", nil }
	a := &Agent{
		Tools:    []Tool{Func("bare", "", look), Func("look", "Looks.", look)},
		Handoffs: []*Agent{{Name: "billing", When: "For invoices."}, {Name: "rest"}},
	}
	talk(t, realtimetest.Script{}, a, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		described := map[string]string{}
		for _, tool := range current(t, c).Tools {
			f, ok := tool.(*api.FunctionTool)
			require.True(t, ok)
			described[f.Name] = "absent"
			if f.Description != nil {
				described[f.Name] = *f.Description
			}
		}
		assert.Equal(t, map[string]string{
			"bare": "absent", "look": "Looks.", "transfer_to_rest": "Hands the conversation to rest.",
			"transfer_to_billing": "Hands the conversation to billing. For invoices.",
		}, described)
	})
}

// TestServersThatEcho checks which servers are known to echo the metadata of responses.
func TestServersThatEcho(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"wss://api.openai.com/v1/realtime?model=x": true, "wss://eu.api.openai.com/v1/realtime": true,
		"wss://one.openai.azure.com/openai/v1/realtime": true, "wss://api.openai.com.example.com/v1": false,
		"ws://127.0.0.1/v1/realtime": false, "wss://notapi.openai.com/v1": false, "%": false, "": false,
	} {
		assert.Equal(t, want, echoes(address), address)
	}
}

// TestEndings checks the endings of a response that the arbiter gets.
func TestEndings(t *testing.T) {
	t.Parallel()
	cancelled := func(reason *api.ResponseStatusReason) *api.Response {
		return &api.Response{Status: api.ResponseStatusCancelled, StatusDetails: api.Value(api.ResponseStatusDetails{Reason: reason})}
	}
	assert.Equal(t, arbiter.Completed, ending(&api.Response{Status: api.ResponseStatusCompleted}))
	assert.Equal(t, arbiter.Completed, ending(&api.Response{Status: api.ResponseStatusIncomplete}))
	assert.Equal(t, arbiter.Failed, ending(&api.Response{Status: api.ResponseStatusFailed}))
	assert.Equal(t, arbiter.Cancelled, ending(&api.Response{Status: api.ResponseStatusCancelled}), "some servers give no details")
	assert.Equal(t, arbiter.Cancelled, ending(cancelled(nil)))
	assert.Equal(t, arbiter.CancelledByVoice, ending(cancelled(new(api.ResponseStatusReasonTurnDetected))))
	assert.Equal(t, arbiter.CancelledByClient, ending(cancelled(new(api.ResponseStatusReasonClientCancelled))))
}
