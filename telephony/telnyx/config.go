package telnyx

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
)

// Codec is an encoding of a stream.
type Codec string

// The codecs. PCMU and PCMA are passed through to the Realtime API.
const (
	PCMU Codec = "PCMU"
	PCMA Codec = "PCMA"
	L16  Codec = "L16" // at 8 or 16 kHz, see Config.SampleRate
)

// Config is the configuration of a [Handler].
type Config struct {
	telephony.Options

	// URL is the address at which the carrier reaches the handler, such as
	// https://voice.example.com/telnyx, without a query. Required.
	URL string
	// PublicKey is the account's key for webhooks, in base64 as the portal shows it. Required.
	PublicKey string
	// APIKey, if not empty, lets a line end and transfer its call and send digits.
	APIKey string
	// API is the base address of the REST API; default https://api.telnyx.com.
	API string
	// Codec is that of what the caller hears; default PCMU.
	Codec Codec
	// SampleRate is that of L16: 8000 or 16000 (the default).
	SampleRate int
	// BigEndian is the byte order of L16 in both directions. The carrier's documents do not
	// specify it, and existing programs differ.
	BigEndian bool
}

// resolved returns the configuration with its defaults.
func (c Config) resolved() (Config, ed25519.PublicKey, error) {
	key, err := base64.StdEncoding.DecodeString(c.PublicKey)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return c, nil, errors.New("telephony: Config.PublicKey is not the base64 of 32 bytes: without it a request cannot prove to be the carrier's")
	}
	if c.API = strings.TrimRight(c.API, "/"); c.API == "" {
		c.API = "https://api.telnyx.com"
	}
	if c.Codec == "" {
		c.Codec = PCMU
	}
	if c.SampleRate == 0 {
		c.SampleRate = 16000
	}
	if !format(c.Codec, c.SampleRate).Valid() {
		return c, nil, errors.New("telephony: Config.Codec is not PCMU, PCMA or L16 at 8000 or 16000")
	}
	return c, key, nil
}

// format returns the format of a codec, invalid for one that cannot be used.
func format(c Codec, rate int) audio.Format {
	switch {
	case c == PCMU && (rate == 8000 || rate == 16000):
		return audio.ULaw
	case c == PCMA && (rate == 8000 || rate == 16000):
		return audio.ALaw
	case c == L16 && (rate == 8000 || rate == 16000 || rate == 24000):
		return audio.PCM(rate)
	default:
		return 0
	}
}
