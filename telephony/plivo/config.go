package plivo

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
	// https://voice.example.com/plivo, without a query. Signatures are made over it. Required.
	URL string
	// AuthToken is the token of the account, with which the carrier signs. Required.
	AuthToken string
	// AuthID, if not empty, lets a line end and transfer its call by the REST API.
	AuthID string
	// API is the base address of the REST API; default https://api.plivo.com.
	API string
	// Format is that of the sound: [audio.ULaw] (the default), which is passed through to the
	// Realtime API, [audio.PCM8k] or [audio.PCM16k].
	Format audio.Format
}

// resolved returns the configuration with its defaults.
func (c Config) resolved() (Config, error) {
	if c.AuthToken == "" {
		return c, errors.New("telephony: Config.AuthToken is empty: without it a request cannot prove to be the carrier's")
	}
	if c.API = strings.TrimRight(c.API, "/"); c.API == "" {
		c.API = "https://api.plivo.com"
	}
	if c.Format == 0 {
		c.Format = audio.ULaw
	}
	if contentTypes[c.Format] == "" {
		return c, errors.New("telephony: Config.Format is not ULaw, PCM8k or PCM16k")
	}
	return c, nil
}

// contentTypes are the encodings that a stream can have.
var contentTypes = map[audio.Format]string{
	audio.ULaw: "audio/x-mulaw", audio.PCM8k: "audio/x-l16", audio.PCM16k: "audio/x-l16",
}
