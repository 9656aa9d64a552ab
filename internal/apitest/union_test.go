package apitest

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// anyEvent is the common interface of the events of all unions.
type anyEvent interface {
	EventType() string
	Validate() error
	AppendJSON(dst []byte) ([]byte, error)
	json.Marshaler
}

// union is one of the event unions, with its decoding functions. It must be used by one
// goroutine.
type union struct {
	name     string // In the specification and in Go.
	decode   func([]byte) (anyEvent, error)
	sessions []*session
}

// session decodes one document after another. After each it checks the previous event,
// which must not have changed.
type session struct {
	decode   func([]byte) (anyEvent, error)
	reuses   bool     // Reuses the memory of events with audio.
	got, was anyEvent // The previous event, as decoded by this session and by the union.
}

// unions returns the five event unions.
func unions() []union {
	return []union{
		{"ClientEvent", decoder(api.DecodeClientEvent), []*session{
			{decode: decoder(new(api.ClientEventDecoder).Decode)},
			{decode: decoder((&api.ClientEventDecoder{Reuse: true}).Decode), reuses: true},
		}},
		{"ServerEvent", decoder(api.DecodeServerEvent), []*session{
			{decode: decoder(new(api.ServerEventDecoder).Decode)},
			{decode: decoder((&api.ServerEventDecoder{Reuse: true}).Decode), reuses: true},
		}},
		{"TranslationClientEvent", decoder(api.DecodeTranslationClientEvent), []*session{
			{decode: decoder(new(api.TranslationClientEventDecoder).Decode)},
			{decode: decoder((&api.TranslationClientEventDecoder{Reuse: true}).Decode), reuses: true},
		}},
		{"TranslationServerEvent", decoder(api.DecodeTranslationServerEvent), []*session{
			{decode: decoder(new(api.TranslationServerEventDecoder).Decode)},
			{decode: decoder((&api.TranslationServerEventDecoder{Reuse: true}).Decode), reuses: true},
		}},
		{"WebhookEvent", decoder(api.DecodeWebhookEvent), nil},
	}
}

// unionOf returns the union of that name.
func unionOf(tb testing.TB, name string) union {
	tb.Helper()
	for _, u := range unions() {
		if u.name == name {
			return u
		}
	}
	require.FailNow(tb, "no union "+name)
	return union{}
}

// decoder converts the result of a decoding function to anyEvent.
func decoder[E anyEvent](decode func([]byte) (E, error)) func([]byte) (anyEvent, error) {
	return func(data []byte) (anyEvent, error) {
		e, err := decode(data)
		if err != nil {
			return nil, err
		}
		return e, nil
	}
}

// goType returns the name of the type that e points to.
func goType(e anyEvent) string { return reflect.TypeOf(e).Elem().Name() }

// server decodes a server event of the Go type T.
func server[T any](t *testing.T, data string) *T {
	t.Helper()
	e, err := api.DecodeServerEvent([]byte(data))
	require.NoError(t, err)
	x, ok := any(e).(*T)
	require.True(t, ok, "is a %T", e)
	return x
}

// encoded returns the JSON of v.
func encoded(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

// keeps checks that data, an event of the union u, encodes to the same JSON, and
// returns the event.
func keeps(t *testing.T, u, data string) anyEvent {
	t.Helper()
	require.NoError(t, check(unionOf(t, u), []byte(data)))
	e, err := unionOf(t, u).decode([]byte(data))
	require.NoError(t, err)
	return e
}
