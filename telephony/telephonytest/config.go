package telephonytest

import (
	"context"
	"net"
	"net/http"

	"github.com/voicelane/realtime-go/audio"
)

// Config configures a [Carrier]. Handler or Dial is required.
type Config struct {
	// Handler is the program: a handler of package telephony's folder. It is served in
	// memory. A program that is made after the carrier is served by [Carrier.Serve]. For
	// AudioSocket serve [Carrier.Listener] instead.
	Handler http.Handler
	// Dial, if not nil, connects to a program that serves elsewhere.
	Dial func(ctx context.Context) (net.Conn, error)
	// URL is the public address that the program's handler is configured with.
	URL string
	// Secret is what the carrier signs with: the token of the account (Twilio, SignalWire,
	// Plivo), the secret of signatures (Vonage), "user:password" (Exotel), the seed of the
	// key as 32 bytes (Telnyx).
	Secret string
	// Forge makes the carrier sign with another secret: the program must refuse it.
	Forge bool
	// ForgeStream is Forge for the stream alone: the webhook is genuine.
	ForgeStream bool

	// In and Out are the formats of the caller's sound and of what the caller hears; default
	// those of the carrier. The carrier must have them.
	In, Out audio.Format
	// CamelCase makes Exotel spell members as its samples do.
	CamelCase bool
	// OnClear is what a clear does to marks; default what the carrier documents.
	OnClear ClearBehaviour
	// Network is the way between carrier and program.
	Network Network
}

// secret returns what the carrier signs webhooks with.
func (c *Config) secret() string { return c.forged(c.Forge) }

// streamSecret returns what the carrier proves itself with when it dials a stream.
func (c *Config) streamSecret() string { return c.forged(c.Forge || c.ForgeStream) }

func (c *Config) forged(yes bool) string {
	if yes {
		return c.Secret + "-forged"
	}
	return c.Secret
}
