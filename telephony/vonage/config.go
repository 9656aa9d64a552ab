package vonage

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	"github.com/voicelane/realtime-go/telephony"
)

// Config is the configuration of a [Handler].
type Config struct {
	telephony.Options

	// URL is the address at which the carrier reaches the handler, such as
	// https://voice.example.com/vonage, without a query. Required.
	URL string
	// SignatureSecret is that of the account, with which the carrier signs. Required.
	SignatureSecret string
	// ApplicationID and PrivateKey (PEM), if not empty, let a line end and transfer its call
	// and send digits by the REST API. With ApplicationID, tokens of other applications are
	// refused.
	ApplicationID string
	PrivateKey    []byte
	// API is the base address of the REST API; default https://api.nexmo.com.
	API string
	// SampleRate is that of the sound: 8000, 16000 or 24000 (the default).
	SampleRate int
}

// resolved returns the configuration with its defaults.
func (c Config) resolved() (Config, *rsa.PrivateKey, error) {
	if c.SignatureSecret == "" {
		return c, nil, errors.New("telephony: Config.SignatureSecret is empty: without it a request cannot prove to be the carrier's")
	}
	if c.API = strings.TrimRight(c.API, "/"); c.API == "" {
		c.API = "https://api.nexmo.com"
	}
	if c.SampleRate == 0 {
		c.SampleRate = 24000
	}
	if c.SampleRate != 8000 && c.SampleRate != 16000 && c.SampleRate != 24000 {
		return c, nil, errors.New("telephony: Config.SampleRate is not 8000, 16000 or 24000")
	}
	if len(c.PrivateKey) == 0 {
		return c, nil, nil
	}
	key, err := parseKey(c.PrivateKey)
	if err != nil || c.ApplicationID == "" {
		return c, nil, errors.New("telephony: Config.PrivateKey needs an RSA key in PEM, and Config.ApplicationID")
	}
	return c, key, nil
}

func parseKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	if k, ok := key.(*rsa.PrivateKey); ok {
		return k, nil
	}
	return nil, errors.New("no RSA key")
}
