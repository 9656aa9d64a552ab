package apitest

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestBodies performs the round trips for request and response bodies that occur in no
// event.
func TestBodies(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for name, body := range map[string]any{
		"ClientSecretRequest":            api.ClientSecretRequest{},
		"ClientSecret":                   api.ClientSecret{},
		"TranslationClientSecretRequest": api.TranslationClientSecretRequest{},
		"TranslationClientSecret":        api.TranslationClientSecret{},
		"CallCreateRequest":              api.CallCreateRequest{},
		"CallReferRequest":               api.CallReferRequest{},
		"CallRejectRequest":              api.CallRejectRequest{},
		"ErrorResponse":                  api.ErrorResponse{},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schema := doc.component(name)
			require.NotNil(t, schema)
			for _, wild := range []bool{false, true} {
				g := newInstances(doc, seedOf(name), wild)
				for range rounds(8) {
					g.buf = nil
					g.object(schema, nil)
					data := slices.Clone(g.buf)
					x := reflect.New(reflect.TypeOf(body))
					require.NoError(t, json.Unmarshal(data, x.Interface()), "%q", data)
					want, ok := judge(data)
					require.True(t, ok)
					for _, v := range []any{x.Interface(), x.Elem().Interface()} {
						out, err := json.Marshal(v)
						require.NoError(t, err, "%q", data)
						require.NoError(t, same("json.Marshal", out, want), "%q", data)
					}
					if !wild {
						require.NoError(t, doc.agreeValue(x.Elem(), schema, want), "%s", data)
					}
				}
			}
		})
	}
}
