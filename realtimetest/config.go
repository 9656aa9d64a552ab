package realtimetest

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/clock"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/like"
)

// Config configures a [Server]. The zero value and nil give a server that accepts
// every key and model and echoes. Negative durations disable a feature. [New] and
// [NewServer] copy the struct.
type Config struct {
	// Script defines what the model hears and does.
	Script Script

	// Credentials checks the credential of a connection or request. Nil accepts
	// every key that is not empty, and none if [like.Server.Keyless] is set. The client gets an error event with the error's
	// text and close code 3000.
	Credentials func(Credential) error
	// Models checks the name of a model. Nil accepts every name. The client gets an
	// error event with the error's text and close code 4000.
	Models func(model string) error

	// Like, if not nil, makes the server deviate from the service as another server
	// does; package like has values for several. Calls and translation do not deviate.
	Like *like.Server

	// Replay, if not nil, is played to each connection in place of the script. A
	// client that deviates from it, or is silent for 30 s longer, gets an error event and
	// close code 4000. Ids and metadata that it chose are replaced by those of now.
	Replay *Transcript

	// Pace is the speed of spoken responses as a multiple of their duration: 1 is
	// real time. 0 sends as fast as the client reads.
	Pace float64
	// Chunk is the duration of the audio in one delta. The default is 100 ms.
	Chunk time.Duration

	// Clock is the server's source of time; see [FastClock].
	Clock Clock
	// PingInterval is the time between pings. The default is 20 s.
	PingInterval time.Duration
	// SessionLife is the time after which a session is closed with code 1001.
	// The default is 60 minutes.
	SessionLife time.Duration
	// WriteTimeout is the real time after which the server closes the connection of
	// a client that does not read. The default is 10 s.
	WriteTimeout time.Duration

	// RateLimits are sent after each response, less what the session has used.
	RateLimits []api.RateLimit
	// NoRateLimits disables rate_limits.updated.
	NoRateLimits bool

	// Strict refuses events that the server does not simulate with the code
	// not_simulated. Otherwise the server sends the replies that the protocol
	// declares, with the members that both events have.
	Strict bool

	// AllowUnknown accepts members, variants of unions and events that the
	// specification does not have, for programs that are ahead of it. The server keeps
	// such members of sessions and items, and answers no such event. Otherwise they are
	// refused, as the service does.
	AllowUnknown bool

	// Intercept, if not nil, is called for each REST request with its body read. It
	// returns true if it has written the response.
	Intercept func(w http.ResponseWriter, r *http.Request) bool

	// Observe, if not nil, is called for each text frame of each connection, on the
	// session's goroutine. It must not block.
	Observe func(*Conn, Entry)

	// LogBytes is the memory that logs take in total: the frames of all connections,
	// the REST requests, and the connections that have ended. What is oldest is
	// forgotten first. The default is 256 MiB, which holds about an hour of audio;
	// negative is unlimited.
	LogBytes int
	// DiscardLog disables the log of frames, for servers under load.
	DiscardLog bool
	// Logger, if not nil, gets a record for each session's start and end, and a warning
	// for a spoken turn that contains none of the script's recordings.
	Logger *slog.Logger
}

const (
	defaultChunk        = 100 * time.Millisecond
	defaultPing         = 20 * time.Second
	defaultLife         = time.Hour
	defaultWriteTimeout = 10 * time.Second
	defaultLogBytes     = 256 << 20
)

// withDefaults returns a copy of c, which may be nil, with defaults for zeros.
func (c *Config) withDefaults() Config {
	var cfg Config
	if c != nil {
		cfg = *c
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
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
	if cfg.LogBytes == 0 {
		cfg.LogBytes = defaultLogBytes
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

// expiry returns when a session that starts at start expires, in Unix seconds.
func (c *Config) expiry(start time.Time) int64 {
	life := c.SessionLife
	if life < 0 {
		life = defaultLife
	}
	return start.Add(life).Unix()
}

// sendTime returns how long the server takes to send audio of duration d.
func (c *Config) sendTime(d time.Duration) time.Duration {
	if c.Pace <= 0 {
		return 0
	}
	return time.Duration(float64(d) / c.Pace)
}

// checker returns what checks the client's events and bodies.
func (c *Config) checker() protocol.Checker { return protocol.Checker{AllowUnknown: c.AllowUnknown} }

// checkModel returns an error if there is no such model.
func (c *Config) checkModel(name string) error {
	if c.Models == nil {
		return nil
	}
	return c.Models(name)
}
