package realtime

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// serverEventNames reads the wire names of the server's events from the spec.
func serverEventNames(t *testing.T) []string {
	t.Helper()
	spec, err := specdoc.Read("../spec/asyncapi.yaml", os.ReadFile)
	require.NoError(t, err)
	names := spec.Types("ServerEvent")
	require.NotEmpty(t, names)
	return names
}

func TestMuxDispatchesEveryEvent(t *testing.T) {
	t.Parallel()
	names := serverEventNames(t)
	frames := make([]string, len(names))
	for i, name := range names {
		frames[i] = fmt.Sprintf(`{"type":%q,"event_id":"e%d"}`, name, i)
	}
	s := connect(t, script(t, plays(frames...)), nil)
	m := NewMux()
	seen := map[string]int{}
	for _, name := range names {
		m.Handle(name, func(_ context.Context, _ *Session, e api.ServerEvent) error {
			assert.Equal(t, name, e.EventType())
			assert.NotEqual(t, "*api.UnknownServerEvent", fmt.Sprintf("%T", e))
			seen[name]++
			return nil
		})
	}
	require.NoError(t, m.Run(t.Context(), s))
	for _, name := range names {
		want := 1
		if name == "session.created" {
			want = 2 // The one that opened the session came first.
		}
		assert.Equal(t, want, seen[name], name)
	}
}

func TestSendHelpersOnTheWire(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, tc := range map[string]struct {
		send func(s *Session) error
		want map[string]any
	}{
		"audio": {
			func(s *Session) error { return s.AppendAudio(ctx, []byte{0, 1, 2, 3}) },
			map[string]any{"type": "input_audio_buffer.append", "audio": "AAECAw=="},
		},
		"commit": {
			func(s *Session) error { return s.Send(ctx, &api.InputAudioBufferCommit{}) },
			map[string]any{"type": "input_audio_buffer.commit"},
		},
		"clear": {
			func(s *Session) error { return s.Send(ctx, &api.InputAudioBufferClear{}) },
			map[string]any{"type": "input_audio_buffer.clear"},
		},
		"response": {
			func(s *Session) error {
				return s.Send(ctx, &api.ResponseCreate{Response: &api.ResponseParams{OutputModalities: []api.Modality{api.ModalityText}}})
			},
			map[string]any{"type": "response.create", "response": map[string]any{"output_modalities": []any{"text"}}},
		},
		"cancel whatever runs": {
			func(s *Session) error { return s.CancelResponse(ctx, "") },
			map[string]any{"type": "response.cancel"},
		},
		"cancel one": {
			func(s *Session) error { return s.CancelResponse(ctx, "resp_7") },
			map[string]any{"type": "response.cancel", "response_id": "resp_7"},
		},
		"item at the front": {
			func(s *Session) error {
				return s.Send(ctx, &api.ConversationItemCreate{PreviousItemID: new(RootItem), Item: api.FunctionOutput("c", "")})
			},
			map[string]any{
				"type": "conversation.item.create", "previous_item_id": "root",
				"item": map[string]any{"type": "function_call_output", "call_id": "c", "output": ""},
			},
		},
		"text": {
			func(s *Session) error { return s.SendText(ctx, "hi") },
			map[string]any{"type": "conversation.item.create", "item": map[string]any{
				"type": "message", "role": "user", "content": []any{map[string]any{"type": "input_text", "text": "hi"}},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan map[string]any, 1)
			s := connect(t, script(t, func(p *peer) {
				p.Created()
				got <- p.Read()
				p.Drain()
			}), nil)
			require.NoError(t, tc.send(s))
			sent := <-got
			assert.NotEmpty(t, sent["event_id"])
			delete(sent, "event_id")
			if item, ok := sent["item"].(map[string]any); ok {
				delete(item, "id")
			}
			assert.Equal(t, tc.want, sent)
		})
	}
}
