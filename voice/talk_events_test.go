package voice

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
)

// TestAnOlderNameOfAnEventIsHandled holds that handlers are found by today's names.
func TestAnOlderNameOfAnEventIsHandled(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"response.output_audio_transcript.delta", "response.audio_transcript.delta"} {
		e, err := api.DecodeServerEvent([]byte(`{"type":"` + name + `","response_id":"r","item_id":"i","content_index":0,"delta":"Hello."}`))
		require.NoError(t, err)
		var o BridgeOptions
		line, _ := Pipe(audio.PCM24k)
		c := o.resolved(line)
		bridge := &talk{}
		setSpeaker(&bridge.speaker, line, &c)
		require.NoError(t, bridge.handle(t.Context(), nil, e))
		require.Len(t, bridge.speaker.live, 1, name)
		assert.Equal(t, "Hello.", string(bridge.speaker.live[0].part("i", 0).transcript))
	}
}
