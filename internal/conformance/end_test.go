package conformance

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

func TestRefusedKey(t *testing.T) {
	c := newClient(t, func(c *realtime.Config) { c.APIKey = keyBad })
	// The server sends the error and the close frame at once: neither may be lost.
	for range 10 {
		_, err := c.Connect(deadline(t), realtime.Model("gpt-realtime"), nil)
		refused, ok := errors.AsType[*realtime.ServerError](err)
		require.True(t, ok, "%v", err)
		assert.True(t, refused.IsUnauthorized())
		assert.Contains(t, refused.Error(), "the key is unknown")
		require.NotNil(t, refused.Close)
		assert.Equal(t, realtime.CloseUnauthorized, refused.Close.Code)
		assert.NotContains(t, err.Error(), keyBad)
	}
}

func TestRefusedModel(t *testing.T) {
	_, err := newClient(t).Connect(deadline(t), realtime.Model(modelMissing), nil)
	refused, ok := errors.AsType[*realtime.ServerError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, realtime.CodeModelNotFound, refused.Code())
	assert.Equal(t, realtime.CloseBadRequest, refused.Close.Code)
}

func TestOrganizationAndProject(t *testing.T) {
	team := func(c *realtime.Config) { c.APIKey = keyTeam }
	_, err := newClient(t, team).Connect(deadline(t), realtime.Model("gpt-realtime"), nil)
	require.Error(t, err)
	c := newClient(t, team, func(c *realtime.Config) { c.Organization, c.Project = "org-1", "proj_1" })
	s, err := c.Connect(deadline(t), realtime.Model("gpt-realtime"), nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

func TestServerCloses(t *testing.T) {
	s := connect(t, nil)
	ask(t, s, askClose)
	closed, ok := errors.AsType[*socket.CloseError](last(t, s))
	require.True(t, ok)
	assert.Equal(t, socket.CloseError{Code: 4001, Reason: "as asked"}, *closed)
	assert.Equal(t, 4001, s.CloseStatus().Code)
	require.NoError(t, s.Close())
}

func TestNothingIsLostBeforeTheEnd(t *testing.T) {
	for range 10 {
		s := connect(t, nil)
		ask(t, s, askLast)
		assert.Equal(t, "test.last", next[*api.UnknownServerEvent](t, s).Type)
		require.ErrorIs(t, last(t, s), io.EOF)
	}
}

func TestDroppedConnection(t *testing.T) {
	s := connect(t, nil)
	require.NoError(t, s.Send(deadline(t), &api.ResponseCreate{Response: &api.ResponseParams{Instructions: new(askDrop)}}))
	_, ok := errors.AsType[*socket.TransportError](last(t, s))
	require.True(t, ok)
	assert.Equal(t, 1006, s.CloseStatus().Code)
}

func TestReconnection(t *testing.T) {
	s := connect(t, &realtime.Options{Reconnect: &realtime.Reconnect{InitialDelay: 10 * time.Millisecond}})
	_, err := s.Update(deadline(t), &api.RealtimeSessionConfig{Instructions: new("Remember me.")})
	require.NoError(t, err)
	ask(t, s, "remember this")
	next[*api.ResponseDone](t, s)
	require.NoError(t, s.Send(deadline(t), &api.ResponseCreate{Response: &api.ResponseParams{Instructions: new(askDrop)}}))
	lost := next[*realtime.Reconnecting](t, s)
	require.Error(t, lost.Cause)
	back := next[*realtime.Reconnected](t, s)
	assert.True(t, back.Settings)
	assert.NotEmpty(t, back.Restored)
	assert.Equal(t, "Remember me.", instructions(t, s.Current()))
	ask(t, s, "go on")
	next[*api.ResponseDone](t, s)
}

func TestCloseWithCodeAndReason(t *testing.T) {
	s := connect(t, nil)
	require.NoError(t, s.CloseWith(4321, "enough"))
	assert.Equal(t, socket.CloseError{Code: 4321, Reason: "enough", Local: true}, *s.CloseStatus())
	require.ErrorIs(t, last(t, s), io.EOF)
	require.NoError(t, s.Close(), "again")
}

func TestCloseEndsWhoWaits(t *testing.T) {
	s := connect(t, nil)
	ended := make(chan error, 1)
	ask(t, s, askHang)
	next[*api.ResponseCreated](t, s)
	go func() { ended <- last(t, s) }()
	require.NoError(t, s.Close())
	require.ErrorIs(t, <-ended, io.EOF)
}

func TestNobodyThere(t *testing.T) {
	c := newClient(t, func(c *realtime.Config) { c.BaseURL = "http://127.0.0.1:9/v1" })
	_, err := c.Connect(deadline(t), realtime.Model("gpt-realtime"), nil)
	e, ok := errors.AsType[*socket.TransportError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "dial", e.Op)
	assert.NotContains(t, err.Error(), keyGood)
}

func TestCancelledConnect(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newClient(t).Connect(ctx, realtime.Model("gpt-realtime"), nil)
	require.ErrorIs(t, err, context.Canceled)
}
