package fleet

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// wire is what a fleet uses of a connection. Tests put a model of the servers in its place, as
// they do for the interfaces of package jetstream.
type wire interface {
	Publish(subject string, data []byte) error
	RequestWithContext(ctx context.Context, subject string, data []byte) (*nats.Msg, error)
	Subscribe(subject string, handle nats.MsgHandler) (*nats.Subscription, error)
}

// states is the bucket of the states of calls. A write names the revision it replaces, and fails
// with [jetstream.ErrKeyExists] if that is not the latest.
type states interface {
	Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error)
	Create(ctx context.Context, key string, value []byte) (uint64, error)
	Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
	Purge(ctx context.Context, key string, revision uint64) error
}

// bucket is the states on a server.
type bucket struct{ kv jetstream.KeyValue }

func (b bucket) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	return b.kv.Get(ctx, key)
}

func (b bucket) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	return b.kv.Create(ctx, key, value)
}

func (b bucket) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	return b.kv.Update(ctx, key, value, revision)
}

// Purge leaves a marker that goes by itself.
func (b bucket) Purge(ctx context.Context, key string, revision uint64) error {
	return b.kv.Purge(ctx, key, jetstream.LastRevision(revision), jetstream.PurgeTTL(markerTTL))
}
