package twilio

import (
	"github.com/voicelane/realtime-go/audio"
)

// Dialect is a carrier that speaks the protocol, with its differences.
type Dialect int

// The dialects.
const (
	// Twilio speaks μ-law at 8 kHz. It signs webhooks and streams with the token of the
	// account. It takes no digits on a stream.
	Twilio Dialect = iota
	// SignalWire also speaks PCM at 16 and 24 kHz, see Config.Codec, and takes digits. It
	// signs webhooks; streams prove themselves by a bearer token that the document has given
	// the carrier.
	SignalWire
	// Exotel is the Voicebot applet. It speaks PCM at 8, 16 or 24 kHz, in pieces of at least
	// 3,200 bytes and nearly as fast as they are heard. It signs nothing: give it the address
	// with the user and password of Config. Set [Config.SampleRate] as in the address.
	Exotel
)

// String returns the name that Line.Info has for the carrier.
func (d Dialect) String() string {
	switch d {
	case Twilio:
		return "twilio"
	case SignalWire:
		return "signalwire"
	case Exotel:
		return "exotel"
	default:
		return "unknown"
	}
}

// format returns the format of a stream. ok is false for one that cannot be used.
func format(encoding string, rate int) (f audio.Format, ok bool) {
	switch encoding {
	case "audio/x-mulaw":
		return audio.ULaw, rate == 8000
	case "audio/x-L16", "audio/x-l16":
		f = audio.PCM(rate)
	}
	return f, f == audio.PCM8k || f == audio.PCM16k || f == audio.PCM24k
}
