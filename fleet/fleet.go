package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Fleet is a connection to the calls of a deployment. It is safe for concurrent use.
type Fleet struct {
	cfg   Config
	names names
	conn  *nats.Conn
	owned bool // conn was made by Open
	nc    wire // conn
	js    jetstream.JetStream
	log   *slog.Logger

	consumers []jetstream.Consumer // of the shards, by number
	calls     states
	workers   jetstream.KeyValue

	mu   sync.Mutex
	work *work // guarded by mu; nil while Work does not run
}

// Open connects to NATS, makes the streams and buckets that are missing, and checks those
// that exist. It returns a *[ConfigError] if they differ from what cfg needs. ctx bounds
// Open alone.
func Open(ctx context.Context, cfg *Config) (*Fleet, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	c, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	f := &Fleet{cfg: c, names: names{c.Name, c.Shards}, conn: c.Conn, log: c.Logger}
	if f.conn == nil {
		if f.conn, err = f.connect(); err != nil {
			return nil, err
		}
		f.owned = true
	}
	f.nc = f.conn
	if f.js, err = jetstream.New(f.conn); err == nil {
		err = f.prepare(ctx)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// openTimeout bounds the making of streams and buckets, each of which a cluster must agree
// on, and layoutTimeout one attempt: a request that is sent while a cluster has no leader
// is never answered.
const (
	openTimeout   = 30 * time.Second
	layoutTimeout = 5 * time.Second
)

// prepare makes what is missing on the servers, and waits for a cluster that has no leader
// yet, or too few servers. What one attempt has made, the next one finds.
func (f *Fleet) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	for {
		attempt, stop := context.WithTimeout(ctx, layoutTimeout)
		err := f.layout(attempt)
		stop()
		if err == nil || !unanswered(err) || !sleep(ctx, again) {
			return err
		}
	}
}

// noPeers is the code of the error of a cluster that has too few servers, as it has while they
// start.
const noPeers = 10005

// unanswered reports whether a request failed because no server, or too few, could answer it now.
func unanswered(err error) bool {
	var e *jetstream.APIError
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) ||
		errors.As(err, &e) && (e.Code == http.StatusServiceUnavailable || e.ErrorCode == noPeers)
}

// connect connects to cfg.URL. A server that vanishes without closing the connection is
// noticed within 10 s; requests fail before.
func (f *Fleet) connect() (*nats.Conn, error) {
	o := []nats.Option{
		nats.Name("realtime-go fleet " + f.cfg.Name),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 500*time.Millisecond),
		nats.PingInterval(5 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { f.log.Warn("fleet: NATS", "error", err) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				f.log.Warn("fleet: NATS is out of reach", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { f.log.Info("fleet: NATS is back") }),
	}
	o = append(o, f.cfg.Options...)
	// What is sent while disconnected must fail, and not be sent later: a renewal would
	// extend the lease of the next owner.
	nc, err := nats.Connect(f.cfg.URL, append(o, nats.ReconnectBufSize(-1))...)
	if _, ok := errors.AsType[*url.Error](err); ok {
		// The error quotes the URL, and with it a password.
		e := &ConfigError{}
		e.add("URL", "addresses such as nats://host:4222, escaped where a password has special characters", "not a URL")
		return nil, e
	}
	if err != nil {
		return nil, fmt.Errorf("fleet: connect to NATS: %w", err)
	}
	return nc, nil
}

// Close closes the connection that Open has made; one of Config.Conn stays open. End Work
// first: calls that run are let go otherwise, and wait for the end of their lease.
func (f *Fleet) Close() {
	if f.owned {
		f.conn.Close()
	}
}

// margin is how long before the end of its lease a call is let go.
func (f *Fleet) margin() time.Duration { return min(maxMargin, f.cfg.Lease*3/8) }

// within is how long one request to NATS may take: short, so that it is repeated before
// the lease ends.
func (f *Fleet) within() time.Duration { return max(f.cfg.Lease/10, 200*time.Millisecond) }

// again is the pause after a failed request. Without responders a request fails at once.
const again = 100 * time.Millisecond

// sleep reports whether d has passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// hasCode reports whether err is the JetStream error of a code.
func hasCode(err error, code jetstream.ErrorCode) bool {
	var e *jetstream.APIError
	return errors.As(err, &e) && e.ErrorCode == code
}
