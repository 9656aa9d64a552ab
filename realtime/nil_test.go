package realtime

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

// TestNilArguments passes nil, and typed nils in interfaces, where a value belongs: an
// error and no panic, before anything is sent.
func TestNilArguments(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Created()
		assert.Nil(t, p.Read(), "nothing is sent")
	})
	for _, skip := range []bool{false, true} {
		s := connect(t, c, &Options{SkipValidation: skip})
		for name, e := range nilEvents() {
			_, err := s.Request(t.Context(), e)
			require.Error(t, err, "Request of %s", name)
			require.Error(t, s.Send(t.Context(), e), "Send of %s", name)
		}
		for name, call := range map[string]func() error{
			"item":         func() error { return s.SendItem(t.Context(), nil) },
			"typed item":   func() error { return s.SendItem(t.Context(), (*api.UserMessage)(nil)) },
			"reader":       func() error { _, err := s.AppendAudioFrom(t.Context(), nil); return err },
			"typed reader": func() error { _, err := s.AppendAudioFrom(t.Context(), (*bytes.Buffer)(nil)); return err },
			"paced":        func() error { _, err := s.PaceAudio(t.Context(), nil, Pace{}); return err },
			"typed paced":  func() error { _, err := s.PaceAudio(t.Context(), (*bytes.Buffer)(nil), Pace{}); return err },
			"session":      func() error { return NewMux().Run(t.Context(), nil) },
			"nil mux":      func() error { return (*Mux)(nil).Run(t.Context(), s) },
		} {
			require.Error(t, call(), name)
		}
		require.NoError(t, s.Close())
	}
}

func nilEvents() map[string]api.ClientEvent {
	return map[string]api.ClientEvent{
		"nil": nil, "typed nil": (*api.ResponseCreate)(nil), "unknown": (*api.UnknownClientEvent)(nil),
		"item":         &api.ConversationItemCreate{Item: (*api.UserMessage)(nil)},
		"call":         &api.ConversationItemCreate{Item: (*api.FunctionCallOutput)(nil)},
		"other":        &api.ConversationItemCreate{Item: (*api.UnknownItem)(nil)},
		"session":      &api.SessionUpdate{Session: (*api.RealtimeSessionConfig)(nil)},
		"tool":         &api.SessionUpdate{Session: &api.RealtimeSessionConfig{Tools: []api.Tool{(*api.FunctionTool)(nil)}}},
		"unknown tool": &api.SessionUpdate{Session: &api.RealtimeSessionConfig{Tools: []api.Tool{(*api.UnknownTool)(nil)}}},
		"input":        &api.ResponseCreate{Response: &api.ResponseParams{Input: []api.InputItem{(*api.ItemReference)(nil)}}},
		"no tool":      &api.SessionUpdate{Session: &api.RealtimeSessionConfig{Tools: []api.Tool{nil}}},
		"no input":     &api.ResponseCreate{Response: &api.ResponseParams{Input: []api.InputItem{api.UserText("a"), nil}}},
	}
}

// TestAnErrorSaysWhichElementIsNil names the place of an element without a value.
func TestAnErrorSaysWhichElementIsNil(t *testing.T) {
	t.Parallel()
	for path, e := range map[string]api.ClientEvent{
		"session.tools[0]":  nilEvents()["no tool"],
		"response.input[1]": nilEvents()["no input"],
		"response.tools[1]": &api.ResponseCreate{Response: &api.ResponseParams{Tools: []api.Tool{&api.FunctionTool{Name: "f"}, nil}}},
	} {
		s := connect(t, script(t, func(p *peer) { p.Created(); assert.Nil(t, p.Read()) }), nil)
		require.ErrorContains(t, s.Send(t.Context(), e), path)
		require.NoError(t, s.Close())
	}
}

func TestNilsElsewhere(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) { p.Drain() })
	for name, call := range map[string]func() error{
		"target":        func() error { _, err := c.Connect(t.Context(), nil, nil); return err },
		"raw target":    func() error { _, err := c.ConnectRaw(t.Context(), nil, nil); return err },
		"request":       func() error { _, err := c.Do(nil); return err },
		"empty request": func() error { _, err := c.Do(&http.Request{}); return err },
		"secret's session": func() error {
			_, err := c.CreateClientSecret(t.Context(), &api.ClientSecretRequest{Session: (*api.RealtimeSessionConfig)(nil)}, nil)
			return err
		},
		"translation secret": func() error { _, err := c.CreateTranslationClientSecret(t.Context(), nil, nil); return err },
	} {
		require.Error(t, call(), name)
	}
	assert.NotPanics(t, func() {
		var collector Collector
		for _, e := range []api.ServerEvent{nil, (*api.ResponseDone)(nil), (*api.ResponseCreated)(nil), (*api.ResponseOutputTextDelta)(nil)} {
			a, ok := collector.Add(e)
			assert.Nil(t, a)
			assert.False(t, ok)
		}
		assert.Equal(t, t.Context(), WithRequestOptions(t.Context(), nil))
		for _, err := range []error{
			&socket.TransportError{}, &CredentialError{}, &APIError{}, &ServerError{}, &PanicError{}, &ResponseError{}, NewServerError(nil),
		} {
			assert.NotEmpty(t, err.Error(), "%T", err)
			assert.False(t, IsUnauthorized(err))
		}
	})
}

// TestNilHandlers ends a run with the panic of a handler that is nil.
func TestNilHandlers(t *testing.T) {
	t.Parallel()
	for name, register := range map[string]func(m *Mux){
		"On":        func(m *Mux) { On[api.SessionCreated](m, nil) },
		"Handle":    func(m *Mux) { m.Handle("session.created", nil) },
		"HandleAll": func(m *Mux) { m.HandleAll(nil) },
		"OnError": func(m *Mux) {
			m.HandleAll(func(context.Context, *Session, api.ServerEvent) error { return io.ErrNoProgress })
			m.OnError(nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := NewMux()
			register(m)
			s := connect(t, script(t, func(p *peer) { p.Created(); p.Drain() }), nil)
			err := m.Run(t.Context(), s)
			var panicked *PanicError
			require.ErrorAs(t, err, &panicked)
		})
	}
}
