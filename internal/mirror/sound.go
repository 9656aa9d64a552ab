package mirror

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// speech is an audio part of an item: how much sound has arrived, and its words while no
// item shows them.
type speech struct {
	bytes int
	rate  int // bytes a second
	words []byte
}

// cut is a truncation: the audio of a part ends there, and nothing follows it.
type cut struct {
	part int
	end  time.Duration
}

// The bytes a second of the formats.
const (
	ratePCM  = 48_000
	rateG711 = 8_000
)

// rateOf returns the bytes a second of a format, or 0.
func rateOf(f api.AudioFormat) int {
	switch f.(type) {
	case *api.AudioPCM:
		return ratePCM
	case *api.AudioPCMU, *api.AudioPCMA:
		return rateG711
	default:
		return 0
	}
}

// maxParts bounds the parts of an item whose audio counts.
const maxParts = 64
