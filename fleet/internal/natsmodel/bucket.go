package natsmodel

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// States is the bucket of states, as a connection sees it.
type States struct{ c *Conn }

// States returns the bucket.
func (c *Conn) States() *States { return &States{c} }

// lag is how long a replica may be behind the leader.
const lag = 100 * time.Millisecond

// Get returns a value, now and then that of a replica that lags behind.
func (b *States) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	var found *item
	what := "get " + key
	b.c.mu.Lock()
	n := b.c.counts[what]
	b.c.mu.Unlock()
	err := b.c.do(ctx, what, func() error {
		v := b.c.s.values[key]
		switch {
		case v == nil:
			return jetstream.ErrKeyNotFound
		case time.Since(v.at) < lag && b.c.s.draw(2, b.c.name, what, string(rune('a'+n%26))) == 0:
			if v.former == nil {
				return jetstream.ErrKeyNotFound
			}
			found = &item{key: key, value: v.former, rev: v.formerRev}
		default:
			found = &item{key: key, value: v.data, rev: v.rev}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Create stores a new value.
func (b *States) Create(ctx context.Context, key string, data []byte) (uint64, error) {
	return b.put(ctx, "create "+key, key, data, 0)
}

// Update replaces a value of a revision.
func (b *States) Update(ctx context.Context, key string, data []byte, rev uint64) (uint64, error) {
	return b.put(ctx, "update "+key, key, data, rev)
}

// Purge removes a value of a revision.
func (b *States) Purge(ctx context.Context, key string, rev uint64) error {
	_, err := b.put(ctx, "purge "+key, key, nil, rev)
	return err
}

func (b *States) put(ctx context.Context, what, key string, data []byte, rev uint64) (uint64, error) {
	var next uint64
	err := b.c.do(ctx, what, func() error {
		s := b.c.s
		v := s.values[key]
		if v == nil && rev != 0 || v != nil && v.rev != rev {
			return jetstream.ErrKeyExists
		}
		var before []byte
		if v != nil {
			before = v.data
		}
		if s.Wrote != nil {
			s.Wrote(b.c.name, key, before, data)
		}
		s.rev++
		next = s.rev
		if data == nil {
			delete(s.values, key)
			return nil
		}
		after := &value{data: data, rev: next, at: time.Now()}
		if v != nil {
			after.former, after.formerRev = v.data, v.rev
		}
		s.values[key] = after
		return nil
	})
	if err != nil {
		return 0, err // What comes too late may still set next.
	}
	return next, nil
}

type item struct {
	jetstream.KeyValueEntry
	key   string
	value []byte
	rev   uint64
}

func (i *item) Key() string      { return i.key }
func (i *item) Value() []byte    { return i.value }
func (i *item) Revision() uint64 { return i.rev }

// Beats is the bucket of heartbeats, which a restart loses.
type Beats struct {
	jetstream.KeyValue
	c *Conn
}

// Beats returns the bucket.
func (c *Conn) Beats() *Beats { return &Beats{c: c} }

// Put stores a heartbeat.
func (b *Beats) Put(ctx context.Context, _ string, _ []byte) (uint64, error) {
	return 0, b.c.do(ctx, "beat", func() error {
		if !b.c.s.beats {
			return jetstream.ErrNoStreamResponse
		}
		return nil
	})
}

// Delete removes a heartbeat.
func (b *Beats) Delete(ctx context.Context, _ string, _ ...jetstream.KVDeleteOpt) error {
	return b.c.do(ctx, "unbeat", func() error { return nil })
}
