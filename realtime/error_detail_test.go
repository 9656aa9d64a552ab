package realtime

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/rest"
)

// errorForms are errors as servers write them, and what a program reads of them:
// message, type, code, param and event id.
var errorForms = map[string]struct {
	members string // of the event, beside its type
	want    [5]string
}{
	"as specified":       {`"error":{"type":"t","code":"c","message":"m","param":"p","event_id":"e"}`, [5]string{"m", "t", "c", "p", "e"}},
	"a text":             {`"error":"m","code":"c"`, [5]string{"m", "", "c", "", ""}},
	"a list of texts":    {`"error":["m","n"]`, [5]string{"m; n", "", "", "", ""}},
	"a list of errors":   {`"error":[{"message":"m","code":400,"type":"t"},{"message":"n","code":"other"}]`, [5]string{"m; n", "t", "400", "", ""}},
	"members beside":     {`"message":"m","code":"c","param":"p"`, [5]string{"m", "", "c", "p", ""}},
	"members in both":    {`"error":{"message":"m"},"message":"other","code":"c"`, [5]string{"m", "", "c", "", ""}},
	"numbers":            {`"error":{"message":"m","code":400,"param":7,"event_id":9}`, [5]string{"m", "", "400", "7", "9"}},
	"an error inside":    {`"error":{"error":{"message":"m","code":"c"}}`, [5]string{"m", "", "c", "", ""}},
	"a detail":           {`"detail":[{"loc":["a"],"msg":"m","type":"missing"}]`, [5]string{"m", "missing", "", "", ""}},
	"a message of parts": {`"error":{"message":{"detail":"m"},"code":null}`, [5]string{"m", "", "", "", ""}},
	"a bare code":        {`"error":{"code":"c"}`, [5]string{"", "", "c", "", ""}},
	"nothing":            {`"error":null`, [5]string{}},
	"deep":               {`"error":` + strings.Repeat(`{"error":`, 9) + `"m"` + strings.Repeat(`}`, 9), [5]string{}},
}

func TestServerErrorForms(t *testing.T) {
	t.Parallel()
	for name, tc := range errorForms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frame := `{"type":"error","event_id":"s",` + tc.members + `}`
			e, err := api.DecodeServerEvent([]byte(frame))
			require.NoError(t, err)
			event, ok := e.(*api.ErrorEvent)
			require.True(t, ok)
			failure := NewServerError(event)
			assert.Equal(t, tc.want, [5]string{failure.Detail.Message, failure.Detail.Type, failure.Code(), failure.Param(), failure.EventID()})
			assert.Equal(t, "s", failure.ServerEventID)
			out, err := json.Marshal(e)
			require.NoError(t, err)
			assert.JSONEq(t, frame, string(out), "the raw form stays")
			if tc.want[0] != "" {
				assert.Contains(t, failure.Error(), "realtime: server error: "+tc.want[0])
			}
		})
	}
	assert.EqualError(t, NewServerError(nil), "realtime: server error: it has no text")
}

func TestHTTPErrorForms(t *testing.T) {
	t.Parallel()
	for name, tc := range errorForms {
		body := "{" + tc.members + "}"
		e := newAPIError(&rest.Response{Status: 400, Body: []byte(body)}, nil)
		if tc.want == ([5]string{}) {
			assert.Equal(t, body, e.Message, name)
			continue
		}
		assert.Equal(t, tc.want, [5]string{e.Message, e.Type, e.Code, e.Param, tc.want[4]}, name)
	}
	for name, tc := range map[string]struct{ body, want string }{
		"a page": {"<h1>no</h1>\n", "<h1>no</h1>"}, "a JSON text": {`"no"`, "no"}, "a list": {`[{"error":{"message":"no"}}]`, "no"},
		"cut": {`{"error":{"message":"no`, `{"error":{"message":"no`}, "empty": {"", ""}, "unknown": {`{"a":1}`, `{"a":1}`},
	} {
		assert.Equal(t, tc.want, newAPIError(&rest.Response{Status: 400, Body: []byte(tc.body)}, nil).Message, name)
	}
}

// TestTextErrorRefusesConnect is a refusal as vLLM sends it.
func TestTextErrorRefusesConnect(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Send(`{"type":"error","error":"The model foo does not exist","code":"model_not_found"}`)
		p.Close(4000, "")
	})
	_, err := c.Connect(t.Context(), Model("foo"), nil)
	require.ErrorContains(t, err, "The model foo does not exist")
	e, ok := err.(*ServerError) //nolint:errorlint // Connect promises it.
	require.True(t, ok)
	assert.Equal(t, CodeModelNotFound, e.Code())
}
