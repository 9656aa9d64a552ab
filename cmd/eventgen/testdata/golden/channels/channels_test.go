package channels

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUnions decodes a message of each union: one for each direction of a channel,
// whatever the number of operations.
func TestUnions(t *testing.T) {
	t.Parallel()
	heard, err := DecodeListenReceivedMessage([]byte(`{"type":"Turn","words":[{"text":"a","rest":{"text":"b"}}]}`))
	require.NoError(t, err)
	turn, ok := heard.(*Turn)
	require.True(t, ok, "%T", heard)
	assert.Equal(t, "b", turn.Words[0].Rest.Text)
	assert.Equal(t, "Turn", heard.EventType())

	news, err := DecodeNews([]byte(`{"event":"pong"}`))
	require.NoError(t, err)
	assert.IsType(t, &Pong{}, news)

	send, err := DecodeSend([]byte(`{"email":"a@example.com"}`))
	require.NoError(t, err)
	require.IsType(t, &Signup{}, send)
	out, err := send.(*Signup).MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, `{"email":"a@example.com"}`, string(out))
}
