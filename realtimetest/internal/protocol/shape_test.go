package protocol

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSnakeGivesWireNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"EventID": "event_id", "ImageURL": "image_url", "IdleTimeoutMS": "idle_timeout_ms", "ID": "id",
		"MaxOutputTokens": "max_output_tokens", "SDP": "sdp", "URLPath": "url_path",
	} {
		assert.Equal(t, want, snake(name))
	}
}
