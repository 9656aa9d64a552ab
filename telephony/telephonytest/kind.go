package telephonytest

import (
	"github.com/voicelane/realtime-go/audio"
)

// Kind is a carrier.
type Kind int

// The carriers.
const (
	Twilio Kind = iota
	SignalWire
	Exotel
	Telnyx
	Plivo
	Vonage
	AudioSocket // Asterisk
)

// String returns the carrier's name, as Line.Info has it.
func (k Kind) String() string {
	names := []string{"twilio", "signalwire", "exotel", "telnyx", "plivo", "vonage", "audiosocket"}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// message is one message on a connection.
type message struct {
	binary bool
	data   []byte
}

// traits are the constants of a carrier.
type traits struct {
	piece    int // milliseconds of sound in a message
	onClear  ClearBehaviour
	lossless bool
	disorder bool
	in, out  audio.Format // by default: from the caller, and to the caller
}

func traitsOf(k Kind) traits {
	t := traits{piece: 20, onClear: ReturnsMarks, in: audio.ULaw, out: audio.ULaw}
	switch k {
	case Exotel:
		t.piece, t.onClear, t.in, t.out = 100, DropsMarks, audio.PCM8k, audio.PCM8k
	case Telnyx:
		t.disorder = true
	case Plivo:
		t.onClear = DropsMarks
	case Vonage:
		t.onClear, t.lossless, t.in, t.out = DropsMarks, true, audio.PCM24k, audio.PCM24k
	case AudioSocket:
		t.lossless, t.in, t.out = true, audio.PCM8k, audio.PCM8k
	case Twilio, SignalWire:
	}
	return t
}
