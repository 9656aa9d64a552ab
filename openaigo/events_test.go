package openaigo

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	vendor "github.com/openai/openai-go/v3/realtime"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

// eventTypes returns the wire names of all events of a union of the specification.
func eventTypes(t *testing.T, union string) []string {
	t.Helper()
	doc, err := specdoc.Read("../spec/asyncapi.yaml", os.ReadFile)
	require.NoError(t, err)
	var spec struct {
		Components struct {
			Schemas map[string]struct {
				OneOf []struct {
					Ref string `yaml:"$ref"`
				} `yaml:"oneOf"`
				Properties map[string]struct {
					Const any `yaml:"const"`
				} `yaml:"properties"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	require.NoError(t, doc.Root.Decode(&spec))
	var names []string
	for _, arm := range spec.Components.Schemas[union].OneOf {
		name := strings.TrimPrefix(arm.Ref, "#/components/schemas/")
		kind, ok := spec.Components.Schemas[name].Properties["type"].Const.(string)
		require.True(t, ok, name)
		names = append(names, kind)
	}
	require.NotEmpty(t, names, union)
	return names
}

// value returns a random JSON value.
func value(r *rand.Rand, depth int) any {
	switch n := r.IntN(8); {
	case n == 0 && depth > 0:
		list := make([]any, r.IntN(3))
		for i := range list {
			list[i] = value(r, depth-1)
		}
		return list
	case n <= 2 && depth > 0:
		o := map[string]any{}
		for range r.IntN(4) {
			o[fmt.Sprint("member_", r.IntN(100))] = value(r, depth-1)
		}
		return o
	case n == 3:
		return nil
	case n == 4:
		return r.IntN(2) == 0
	case n == 5:
		return json.Number(strconv.FormatInt(r.Int64(), 10))
	default:
		return strings.Repeat("ü\"\\<\u2028", r.IntN(3))
	}
}

// random returns an event with members that no SDK knows, as peers add them.
func random(t *testing.T, r *rand.Rand, name string) []byte {
	t.Helper()
	members := map[string]any{"type": name, "event_id": "event_1"}
	for range r.IntN(5) {
		members[fmt.Sprint("new_", r.IntN(100))] = value(r, 3)
	}
	data, err := json.Marshal(members)
	require.NoError(t, err)
	return data
}

// across takes an event of type A to one of type B and back, and requires that it is the
// same JSON value on both sides.
func across[A, B any](t *testing.T, data []byte, decode func([]byte) (A, error), to func(A) (B, error), raw func(B) []byte, back func(B) (A, error)) {
	t.Helper()
	ours, err := decode(data)
	require.NoError(t, err, string(data))
	theirs, err := to(ours)
	require.NoError(t, err, string(data))
	require.JSONEq(t, string(data), string(raw(theirs)))
	again, err := back(theirs)
	require.NoError(t, err)
	text, err := json.Marshal(again)
	require.NoError(t, err)
	require.JSONEq(t, string(data), string(text))
	assert.IsType(t, ours, again)
}

func marshaled[B any](t *testing.T) func(B) []byte {
	t.Helper()
	return func(b B) []byte {
		data, err := json.Marshal(b)
		require.NoError(t, err)
		return data
	}
}

func TestEventsCrossWithoutLoss(t *testing.T) {
	t.Parallel()
	for union, check := range map[string]func(t *testing.T, data []byte){
		"ServerEvent": func(t *testing.T, data []byte) {
			t.Helper()
			across(t, data, api.DecodeServerEvent, ServerEvent, rawJSON, FromServerEvent)
		},
		"ClientEvent": func(t *testing.T, data []byte) {
			t.Helper()
			across(t, data, api.DecodeClientEvent, ClientEvent, marshaled[clientParam](t), FromClientEvent)
		},
		"TranslationServerEvent": func(t *testing.T, data []byte) {
			t.Helper()
			across(t, data, api.DecodeTranslationServerEvent, TranslationServerEvent, rawJSON, FromTranslationServerEvent)
		},
		"TranslationClientEvent": func(t *testing.T, data []byte) {
			t.Helper()
			across(t, data, api.DecodeTranslationClientEvent, TranslationClientEvent, marshaled[translationParam](t), FromTranslationClientEvent)
		},
	} {
		for _, name := range append(eventTypes(t, union), "an.event.of.tomorrow") {
			t.Run(union+"/"+name, func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(1, uint64(len(name))))
				for range 50 {
					check(t, random(t, r, name))
				}
			})
		}
	}
}

type (
	clientParam      = vendor.RealtimeClientEventUnionParam
	translationParam = vendor.RealtimeTranslationClientEventUnionParam
)

func rawJSON[B interface{ RawJSON() string }](b B) []byte { return []byte(b.RawJSON()) }
