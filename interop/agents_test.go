package interop

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// trace is what a conversation was for the model: the items that the server held when it
// asked the model for the last time, and what it cost to get there.
type trace struct {
	items     []string
	responses int // that were asked for or begun by speech
	refused   int // events of the client
	early     int // of those, requests for a response while one ran
	heard     time.Duration
	played    time.Duration // by the device, when it was interrupted
}

func (x *trace) String() string {
	var b strings.Builder
	for _, item := range x.items {
		fmt.Fprintln(&b, item)
	}
	fmt.Fprintf(&b, "(%d responses, %d events refused", x.responses, x.refused)
	if x.early > 0 {
		fmt.Fprintf(&b, ", %d of them requests while a response ran", x.early)
	}
	if x.heard > 0 {
		const tolerance = 100 * time.Millisecond
		fmt.Fprint(&b, ", ", map[bool]string{
			true: "more counts as heard than was played", false: "no more counts as heard than was played",
		}[x.heard > x.played+tolerance])
	}
	b.WriteString(")\n")
	return b.String()
}

// model is the model of all scenarios, and remembers what it was told last.
type model struct {
	mu        sync.Mutex
	items     []api.Item // guarded by mu
	responses int        // guarded by mu
}

func (m *model) answer(turn *realtimetest.Turn) []realtimetest.Step {
	m.mu.Lock()
	m.items, m.responses = turn.Items, m.responses+1
	m.mu.Unlock()
	forecast := func(city string) realtimetest.Step {
		return realtimetest.Call{Name: "forecast", Arguments: `{"city":"` + city + `"}`}
	}
	say := func(text string, d time.Duration) []realtimetest.Step {
		return []realtimetest.Step{realtimetest.Say{Text: text, Audio: realtimetest.Tone(d)}}
	}
	said := func(text string) bool { return strings.Contains(turn.Text, text) }
	var results []string
	for _, r := range turn.Results {
		results = append(results, r.Output)
	}
	switch {
	case told(turn, "I cannot tell"), said("blocked"):
		return say("I cannot tell.", time.Second)
	case said("Is that all"):
		return say("That is all.", 100*time.Millisecond)
	case turn.Spoken:
		return say("You spoke to me while I was busy.", 2*time.Second)
	case said("capital"):
		return say("It is Lisbon.", 100*time.Millisecond)
	case said("compare"):
		return []realtimetest.Step{forecast("Lisbon"), forecast("Porto"), forecast("Faro")}
	case said("weather"):
		return []realtimetest.Step{forecast("Lisbon")}
	case said("story"):
		return say("Once upon a time there was a very long story.", 30*time.Second)
	case said("time"):
		return say("Noon.", 100*time.Millisecond)
	case said("invoice"):
		return []realtimetest.Step{realtimetest.Call{Name: "transfer_to_billing"}}
	case said("password"):
		return say("The password is swordfish, but do not tell anybody about it.", 5*time.Second)
	case strings.Contains(strings.Join(results, ""), "billing"):
		return say("Billing is here.", 100*time.Millisecond)
	case len(results) > 0:
		return say("It is "+strings.Join(results, ", ")+".", 100*time.Millisecond)
	default:
		return say("I have no result.", 100*time.Millisecond)
	}
}

// told reports whether the instructions of a response contain text.
func told(turn *realtimetest.Turn, text string) bool {
	return turn.Params != nil && turn.Params.Instructions != nil && strings.Contains(*turn.Params.Instructions, text)
}

// scenarios are the conversations that both agents hold. The names are those of
// agents.scenario.mjs.
var scenarios = []struct {
	name string
	ours func(h *holder)
	// why tells in which way ours is better where the conversations differ.
	why string
}{
	{"text turn", textTurn, ""},
	{"one tool", oneTool, ""},
	{"three parallel tools", threeTools, whyThreeTools},
	{"barge-in", bargeIn, whyBargeIn},
	{"barge-in while a tool runs", bargeInDuringTool, ""},
	{"approval", approval, ""},
	{"hand-off", handOff, ""},
	{"guard", guard, whyGuard},
	{"refused output", refusedOutput, whyRefusedOutput},
}

// held returns the trace of a conversation that talk holds with the model of the scenarios.
func held(t *testing.T, talk func(srv *realtimetest.Server) (played time.Duration)) *trace {
	t.Helper()
	m := &model{}
	srv := realtimetest.NewServer(&realtimetest.Config{
		Pace: 1.5, Script: realtimetest.Script{
			Heard: []realtimetest.Heard{{Text: "Wait."}}, Rules: []realtimetest.Rule{{Answer: m.answer}},
		},
	})
	defer srv.Close()
	x := &trace{played: talk(srv)}
	m.mu.Lock()
	defer m.mu.Unlock()
	x.responses = m.responses
	calls := map[string]string{}
	for _, item := range m.items {
		x.items = append(x.items, line(item, calls))
	}
	conn := srv.Conns()[0]
	for _, e := range realtimetest.AllSent[*api.ErrorEvent](conn) {
		x.refused++
		if code, _ := e.Error.Code.Get(); code == "conversation_already_has_active_response" {
			x.early++
		}
	}
	for _, e := range realtimetest.AllReceived[*api.ConversationItemTruncate](conn) {
		x.heard = max(x.heard, time.Duration(e.AudioEndMS)*time.Millisecond)
	}
	return x
}

// line returns an item as one line, without ids. calls names the calls by their ids.
func line(item api.Item, calls map[string]string) string {
	switch x := item.(type) {
	case *api.UserMessage:
		if text := x.Content[0].Text; text != nil {
			if first, _, more := strings.Cut(*text, "\n"); more {
				return "user: " + strings.TrimSpace(first) + " …"
			}
			return "user: " + *text
		}
		return "user (spoken)"
	case *api.AssistantMessage:
		var text strings.Builder
		for _, c := range x.Content {
			text.WriteString(cmp.Or(value(c.Transcript), value(c.Text)))
		}
		if text.Len() == 0 {
			return "assistant (cut)"
		}
		return "assistant: " + text.String()
	case *api.FunctionCall:
		calls[x.CallID] = x.Name
		return fmt.Sprintf("call: %s(%s)", x.Name, x.Arguments)
	case *api.FunctionCallOutput:
		return fmt.Sprintf("output of %s: %s", calls[x.CallID], x.Output)
	case *api.SystemMessage:
		return "system: " + x.Content[0].Text
	default:
		return api.ItemType(item)
	}
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// theirs holds a scenario with the vendor's package.
func theirs(t *testing.T, name string) *trace {
	t.Helper()
	return held(t, func(srv *realtimetest.Server) time.Duration {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, "node", "agents.scenario.mjs", name,
			strings.Replace(srv.URL, "http", "ws", 1)+"/realtime?model=gpt-realtime")
		cmd.Env = append(os.Environ(), "OPENAI_AGENTS_DISABLE_TRACING=1")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		require.NoError(t, err, "%s", out)
		var told struct {
			Played int64 `json:"played"`
		}
		require.NoError(t, json.Unmarshal(out, &told))
		return time.Duration(told.Played) * time.Millisecond
	})
}

// TestAgentsHoldTheSameConversations holds each scenario with our agent and the vendor's,
// and compares what the model was told with docs/agents-typescript.md.
func TestAgentsHoldTheSameConversations(t *testing.T) {
	t.Parallel()
	vendor := os.Getenv("INTEROP_AGENTS") != "" || installed()
	if !vendor {
		t.Log("@openai/agents-realtime is not installed: ours alone is compared")
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			ours := held(t, func(srv *realtimetest.Server) time.Duration { return hold(t, srv, s.ours) })
			if s.name == "guard" { // Its second cancel is not sent if the first has taken effect by then.
				ours.refused = max(ours.refused, 1)
			}
			written := section(t, s.name)
			assert.Contains(t, written, ours.String(), "ours")
			if vendor {
				other := theirs(t, s.name)
				assert.Contains(t, written, other.String(), "the vendor's")
				same := ours.String() == other.String()
				assert.Equal(t, same, s.why == "", "ours:\n%s\ntheirs:\n%s", ours, other)
			}
			assert.Contains(t, strings.Join(strings.Fields(written), " "), s.why)
		})
	}
}

func installed() bool {
	_, err := os.Stat("node_modules/@openai/agents-realtime")
	return err == nil
}

// section returns what the document says about a scenario.
func section(t *testing.T, name string) string {
	t.Helper()
	doc, err := os.ReadFile("../docs/agents-typescript.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(doc), "\n## "+strings.ToUpper(name[:1])+name[1:]+"\n")
	require.True(t, found, name)
	part, _, _ := strings.Cut(rest, "\n## ")
	return part
}
