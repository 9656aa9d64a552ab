package twilio

import (
	"errors"
	"strings"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
)

// Config is the configuration of a [Handler].
type Config struct {
	telephony.Options

	// URL is the address at which the carrier reaches the handler, such as
	// https://voice.example.com/twilio, without a query. Signatures are made over it, so that
	// it is never taken from a request. Required.
	URL string
	// Dialect is the carrier; default Twilio.
	Dialect Dialect
	// AuthToken is the token of the account, with which Twilio and SignalWire sign. Required,
	// but for Exotel.
	AuthToken string
	// AccountSID, if not empty, lets a line end and transfer its call by the REST API, to
	// which AuthToken is the password.
	AccountSID string
	// API is the base address of the REST API; default https://api.twilio.com. SignalWire's
	// is that of the space, with /api/laml.
	API string
	// User and Password, if not empty, are those that the carrier's address has, such as
	// https://user:password@voice.example.com/exotel. Required for Exotel.
	User, Password string
	// Codec is that of SignalWire's streams: PCMU@8000h (the default), L16@16000h or
	// L16@24000h.
	Codec string
	// SampleRate is that of Exotel's streams whose start has none: 8000 (the
	// default), 16000 or 24000.
	SampleRate int
}

// resolved returns the configuration with its defaults.
func (c Config) resolved() (Config, error) {
	switch {
	case c.Dialect < Twilio || c.Dialect > Exotel:
		return c, errors.New("telephony: Config.Dialect is unknown")
	case c.Dialect != Exotel && c.AuthToken == "":
		return c, errors.New("telephony: Config.AuthToken is empty: without it a request cannot prove to be the carrier's")
	case c.Dialect == Exotel && c.Password == "":
		return c, errors.New("telephony: Config.Password is empty: Exotel proves itself by the user and password of the address")
	}
	if c.API = strings.TrimRight(c.API, "/"); c.API == "" {
		c.API = "https://api.twilio.com"
	}
	if c.SampleRate == 0 {
		c.SampleRate = 8000
	}
	switch audio.PCM(c.SampleRate) {
	case audio.PCM8k, audio.PCM16k, audio.PCM24k:
		return c, nil
	default:
		return c, errors.New("telephony: Config.SampleRate is not 8000, 16000 or 24000")
	}
}
