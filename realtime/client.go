package realtime

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/voicelane/realtime-go/internal/address"
	"github.com/voicelane/realtime-go/internal/link"
)

// Client dials sessions. It holds no connection and is safe for concurrent use.
type Client struct {
	// A pointer, so that printing a copied Client stops here.
	set *settings
}

// NewClient returns a client for cfg, which may be nil. It reads the
// environment once and reaches no network. An address or header that can never
// work is an error; a missing key is an error of the dial that needs it.
func NewClient(cfg *Config) (*Client, error) {
	var c Config
	if cfg != nil {
		c = *cfg
	}
	s := &settings{&values{
		credentials: c.Credentials,
		browser:     c.browserOnly,
		dialer: link.Dialer{
			Timeout: defaulted(c.DialTimeout, defaultDialTimeout), Proxy: c.Proxy, Connect: c.DialContext,
		},
		plain:   slices.Clone(c.PlainHosts),
		rewrite: c.RewriteURL,
		log:     c.Logger,
	}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.plain.Check(); err != nil {
		return nil, err
	}
	if err := s.setNetwork(&c); err != nil {
		return nil, err
	}
	if err := s.setAddress(&c); err != nil {
		return nil, err
	}
	if s.credentials == nil {
		key := Key(firstOf(c.APIKey, os.Getenv(keyVariable(c.Azure != nil))))
		s.credentials, s.keyless = Static(key), key.IsZero()
	}
	if err := s.setHeader(&c); err != nil {
		return nil, err
	}
	s.setREST(&c)
	return &Client{set: s}, nil
}

func (s *settings) setAddress(c *Config) error {
	if c.Azure == nil {
		raw, from, err := baseAddress(c)
		if err != nil {
			return err
		}
		base, err := address.Base(raw, s.plain)
		s.base, err = address.From(base, err, from)
		return err
	}
	if c.Region != "" {
		return errors.New("realtime: Config.Region is not for Azure, where the resource has a region")
	}
	azure := *c.Azure
	from := "Config.Azure.Endpoint"
	if firstOf(azure.Endpoint) == "" {
		from = "AZURE_OPENAI_ENDPOINT"
	}
	azure.Endpoint = firstOf(azure.Endpoint, os.Getenv("AZURE_OPENAI_ENDPOINT"))
	if azure.Endpoint == "" {
		return errors.New("realtime: Config.Azure has no endpoint; set it, or AZURE_OPENAI_ENDPOINT")
	}
	s.azure = &azure
	base, err := address.Azure(azure.Endpoint, s.plain)
	s.base, err = address.From(base, err, from)
	return err
}

// BaseURL returns the address that the client dials below, without foreign
// query parameters.
func (c *Client) BaseURL() string { return address.Redact(c.set.base) }

// Format prints the client as realtime.Client(address).
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "realtime.Client(%s)", c.BaseURL()) }

// LogValue logs the client as its address.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.BaseURL()) }

// setREST sets what REST requests are made with.
func (s *settings) setREST(c *Config) {
	s.requestTimeout = defaulted(c.RequestTimeout, defaultRequestTimeout)
	s.retries = defaulted(c.Retries, defaultRetries)
	s.http = c.HTTPClient
}
