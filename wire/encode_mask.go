package wire

import (
	"encoding/json"
	"log/slog"
)

// masked is what a masking encoder writes in place of a secret.
const masked = `"REDACTED"`

// NewMaskingEncoder returns an Encoder for a log: it writes "REDACTED" for secrets and
// for values that fit no known variant, and leaves out every [Extra].
func NewMaskingEncoder() Encoder { return Encoder{masks: true} }

// Masked reports whether the encoder masks. It has then written the next value, which is
// a secret.
func (e *Encoder) Masked() bool {
	if e.masks {
		e.buf = append(e.buf, masked...)
	}
	return e.masks
}

// Unknown writes JSON text as [Encoder.Raw] does. It is a value that may hold anything,
// so that a masking encoder masks it.
func (e *Encoder) Unknown(raw json.RawMessage) {
	if !e.Masked() {
		e.Raw(raw)
	}
}

// LogValue returns the encoded value for a log, or why it cannot be encoded.
func (e *Encoder) LogValue() slog.Value {
	text, err := e.Bytes()
	if err != nil {
		return slog.AnyValue(err)
	}
	return slog.AnyValue(json.RawMessage(text))
}
