package fleet

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Config configures a Fleet. Zero fields mean defaults.
type Config struct {
	// Conn is the connection to NATS. It must be made with [nats.ReconnectBufSize](-1): what
	// is sent while it is disconnected must fail at once, and not be sent later. If Conn is
	// nil, Open makes a connection to URL.
	Conn *nats.Conn
	// URL is one address of a NATS server, or several with commas. Default: the environment
	// variable NATS_URL.
	URL string
	// Options are further options of the connection to URL, such as TLS and credentials.
	Options []nats.Option
	// Name is the prefix of all subjects, streams and buckets: up to 64 letters, digits, _ and
	// -. Default "voice". Two deployments on one cluster need two names.
	Name string
	// Lease is how long the calls of a worker that does not answer wait for another one.
	// Default 5 s, at least 4 s: a NATS server that restarts shortens leases by up to 1 s.
	Lease time.Duration
	// Shards is the number of streams over which the calls are spread. Default 4, which is
	// enough for 2,000 calls at a time: leases of up to 500 in a stream end on time. It may
	// grow from one deployment to the next; it must not shrink while calls run.
	Shards int
	// Replicas is the number of servers that store each call. Default: 3 in a cluster, 1
	// at a single server.
	Replicas int
	// MaxBytes bounds each stream of calls and the bucket of their states, in bytes on disk.
	// Default: no bound but that of the server's account. At the bound, calls are refused and
	// nothing is saved; calls that run go on and end.
	MaxBytes int64
	// Logger logs calls that are taken over or lost, and errors of the connection to URL,
	// without content. If nil, nothing is logged.
	Logger *slog.Logger
}

const (
	defaultName  = "voice"
	defaultLease = 5 * time.Second
	// defaultShards is what the trial of a thousand calls was held with. An idle worker pulls
	// from each twice a second.
	defaultShards = 4
	// maxName bounds Config.Name in bytes: it is part of subjects, as the id of a call is.
	maxName = 64
	// maxMargin is how long before the end of its lease a worker leaves a call: a restart
	// of a NATS server shortens a lease by up to a second.
	maxMargin = 1500 * time.Millisecond
	maxShards = 1024
)

// minLease is a variable for tests, which must not take long.
var minLease = 4 * time.Second

func (c Config) withDefaults() (Config, error) {
	if c.Name == "" {
		c.Name = defaultName
	}
	if c.Lease == 0 {
		c.Lease = defaultLease
	}
	if c.Shards == 0 {
		c.Shards = defaultShards
	}
	if c.URL == "" {
		c.URL = os.Getenv("NATS_URL")
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = -1
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	e := &ConfigError{}
	if strings.ContainsFunc(c.Name, func(r rune) bool { return !plain(r) }) {
		e.add("Name", "letters, digits, _ and - only", c.Name)
	}
	if len(c.Name) > maxName {
		e.add("Name", fmt.Sprintf("at most %d bytes", maxName), fmt.Sprintf("%d bytes", len(c.Name)))
	}
	if c.Lease < minLease {
		e.add("Lease", fmt.Sprintf("at least %s", minLease), c.Lease)
	}
	if c.Shards < 0 || c.Shards > maxShards {
		e.add("Shards", fmt.Sprintf("1 to %d", maxShards), c.Shards)
	}
	if c.Replicas < 0 || c.Replicas > 5 {
		e.add("Replicas", "1 to 5", c.Replicas)
	}
	switch {
	case c.Conn == nil && c.URL == "":
		e.add("URL", "the address of a NATS server, or Conn", "none")
	case c.Conn != nil && c.Conn.Opts.ReconnectBufSize >= 0:
		e.add("Conn", "made with nats.ReconnectBufSize(-1)", fmt.Sprintf("a buffer of %d bytes", c.Conn.Opts.ReconnectBufSize))
	}
	return c, e.orNil()
}

// ConfigError lists settings that are not usable, or that differ from those of what
// exists on the server already.
type ConfigError struct {
	Settings []Setting
}

// Setting is one setting of a ConfigError.
type Setting struct {
	// Name is the name of a field of Config, or of an object on the server and its field.
	Name string
	// Want is what this fleet needs, Have what there is.
	Want, Have string
}

// Error names each setting.
func (e *ConfigError) Error() string {
	var b strings.Builder
	b.WriteString("fleet: the configuration does not fit:")
	for i, s := range e.Settings {
		if i > 0 {
			b.WriteByte(';')
		}
		fmt.Fprintf(&b, " %s is %s, want %s", s.Name, s.Have, s.Want)
	}
	return b.String()
}

func (e *ConfigError) add(name string, want, have any) {
	e.Settings = append(e.Settings, Setting{name, fmt.Sprint(want), fmt.Sprint(have)})
}

// differ adds a setting if the two values are not equal.
func differ[T comparable](e *ConfigError, name string, want, have T) {
	if want != have {
		e.add(name, want, have)
	}
}

// atLeast adds a setting if what there is bounds more than what is wanted. Neither is bounded
// below 1.
func atLeast[T ~int | ~int32 | ~int64](e *ConfigError, name string, want, have T) {
	if have > 0 && (want < 1 || have < want) {
		e.add(name, fmt.Sprintf("at least %v", want), have)
	}
}

// unbounded adds a setting that bounds.
func unbounded[T ~int | ~int64](e *ConfigError, name string, have T) {
	if have > 0 {
		e.add(name, "no bound", have)
	}
}

func (e *ConfigError) orNil() error {
	if len(e.Settings) == 0 {
		return nil
	}
	return e
}
