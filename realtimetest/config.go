package realtimetest

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Config holds what a [Server] can be told. The zero value and nil are a
// server that accepts every key and model and echoes. Negative durations
// switch a thing off. The struct is copied by [New] and [NewServer].
type Config struct {
	// Script says what the model hears and does.
	Script Script

	// Credentials decides whether a connection may come in. Nil accepts every
	// key that is not empty. An error is told to the client, which is then
	// closed with code 3000.
	Credentials func(Credential) error
	// Models decides whether there is such a model. Nil accepts every name. An
	// error is told to the client, which is then closed with code 4000.
	Models func(model string) error

	// Replay, if not nil, is played to each connection in place of the script.
	// A client that departs from it is told where, and closed with code 4000.
	Replay *Transcript

	// Pace is the speed at which spoken answers are sent, as a multiple of the
	// time that they play: 1 is real time. 0 sends as fast as the client reads.
	Pace float64
	// Chunk is the length of sound in one audio delta. The default is 100 ms.
	Chunk time.Duration

	// Clock is the time that the server lives in; see [FastClock].
	Clock Clock
	// PingInterval is the time between pings. The default is 20 s.
	PingInterval time.Duration
	// SessionLife is the time after which a session is closed with code 1001.
	// The default is 60 minutes.
	SessionLife time.Duration
	// WriteTimeout is how long the server waits for a client that does not
	// read before it drops it. The default is 10 s, in real time.
	WriteTimeout time.Duration

	// RateLimits are reported after each response, less what was used.
	RateLimits []api.RateLimit
	// NoRateLimits keeps rate_limits.updated away.
	NoRateLimits bool

	// Strict refuses, with the code not_simulated, events that the server does not
	// play, such as those that are newer than it. Otherwise it answers them by the
	// replies that the protocol declares, with the members that both have.
	Strict bool

	// Intercept, if not nil, sees each REST request first, with its body read.
	// True says that it has answered, to play a service in trouble.
	Intercept func(w http.ResponseWriter, r *http.Request) bool

	// Observe, if not nil, sees each text frame of each connection, on the
	// goroutine of its session, which it must not keep waiting.
	Observe func(*Conn, Entry)

	// DiscardLog keeps no record of the frames, for servers under load.
	DiscardLog bool
	// Logger, if not nil, gets a line for each session's start and end.
	Logger *slog.Logger
}

const (
	defaultChunk        = 100 * time.Millisecond
	defaultPing         = 20 * time.Second
	defaultLife         = time.Hour
	defaultWriteTimeout = 10 * time.Second
)

// withDefaults returns a copy of c, which may be nil, without zeros.
func (c *Config) withDefaults() Config {
	var cfg Config
	if c != nil {
		cfg = *c
	}
	if cfg.Clock == nil {
		cfg.Clock = systemClock{}
	}
	if cfg.Chunk <= 0 {
		cfg.Chunk = defaultChunk
	}
	if cfg.PingInterval == 0 {
		cfg.PingInterval = defaultPing
	}
	if cfg.SessionLife == 0 {
		cfg.SessionLife = defaultLife
	}
	if cfg.WriteTimeout <= 0 {
		cfg.WriteTimeout = defaultWriteTimeout
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.RateLimits == nil {
		cfg.RateLimits = []api.RateLimit{
			{Name: api.RateLimitNameRequests, Limit: 10_000, Remaining: 10_000, ResetSeconds: 0.006},
			{Name: api.RateLimitNameTokens, Limit: 2_000_000, Remaining: 2_000_000, ResetSeconds: 0},
		}
	}
	return cfg
}

// Credential is what a client presented. The key is here for tests to compare;
// the server itself neither logs nor repeats it.
type Credential struct {
	// Key is the API key, client secret or token; it may be empty.
	Key string
	// Scheme is "bearer", "api-key" (Azure) or "subprotocol" (browsers), and
	// "" when there was no key.
	Scheme string
	// Organization and Project are those of the headers or subprotocols.
	Organization, Project string
}
