package realtime

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

func TestAnswerTellsHowTheResponseEnded(t *testing.T) {
	t.Parallel()
	const cut = `{"type":"response.output_item.done","event_id":"e","response_id":"r1","output_index":2,"item":{"type":"function_call","id":"g","call_id":"d","name":"half","arguments":"{\"a","status":"incomplete"}}`
	for name, tc := range map[string]struct {
		status string // status and status_details of response.done
		calls  int
		want   *ResponseError
		text   string
	}{
		"completed": {`"status":"completed"`, 1, nil, ""},
		"cancelled": {
			`"status":"cancelled","status_details":{"type":"cancelled","reason":"turn_detected"}`, 0,
			&ResponseError{ResponseID: "r1", Status: api.ResponseStatusCancelled, Reason: api.ResponseStatusReasonTurnDetected},
			"realtime: the response is cancelled reason=turn_detected response=r1",
		},
		"incomplete": {
			`"status":"incomplete","status_details":{"type":"incomplete","reason":"max_output_tokens"}`, 0,
			&ResponseError{ResponseID: "r1", Status: api.ResponseStatusIncomplete, Reason: api.ResponseStatusReasonMaxOutputTokens},
			"realtime: the response is incomplete reason=max_output_tokens response=r1",
		},
		"failed": {
			`"status":"failed","status_details":{"type":"failed","error":{"type":"server_error","code":"c","message":"no\nluck"}}`, 0,
			&ResponseError{ResponseID: "r1", Status: api.ResponseStatusFailed, Type: "server_error", Code: "c", Message: "no\nluck"},
			"realtime: the response is failed: no luck type=server_error code=c response=r1",
		},
		"failed without details": {
			`"status":"failed","status_details":null`, 0,
			&ResponseError{ResponseID: "r1", Status: api.ResponseStatusFailed}, "realtime: the response is failed response=r1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frames := spoken("r1")
			frames[len(frames)-1] = cut
			frames = append(frames, fmt.Sprintf(`{"type":"response.done","event_id":"e","response":{"id":"r1",%s,"output":[]}}`, tc.status))
			s := connect(t, script(t, func(p *peer) {
				p.Created()
				p.Send(created("r1", tagOf(p.Expect("response.create"))))
				for _, f := range frames {
					p.Send(f)
				}
				p.Drain()
			}), nil)
			s.Discard()
			r, err := s.Respond(t.Context(), nil)
			require.NoError(t, err)
			streamed, err := r.Answer(t.Context())
			require.NoError(t, err)
			var c Collector
			var collected *Answer
			for _, f := range frames {
				e, err := api.DecodeServerEvent([]byte(f))
				require.NoError(t, err)
				collected, _ = c.Add(e)
			}
			for _, a := range []*Answer{streamed, collected} {
				assert.Equal(t, "good day", a.Transcript, "what was said until then is there")
				assert.Len(t, a.Calls, tc.calls, "a call that is not completed must not be carried out")
				if tc.want == nil {
					require.NoError(t, a.Err())
					continue
				}
				got, ok := errors.AsType[*ResponseError](a.Err())
				require.True(t, ok)
				assert.Equal(t, tc.want, got)
				assert.Equal(t, tc.text, got.Error())
			}
		})
	}
}
