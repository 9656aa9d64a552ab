package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	maxJob   = 512 << 10 // bytes of an event, headers included
	maxEntry = 384 << 10 // bytes of the state of a call
	// duplicates is for how long the event of a call that has ended is refused by its id.
	// After that it is a job whose accept fails.
	duplicates = 10 * time.Minute
	workerTTL  = time.Minute
	markerTTL  = time.Minute
	maxPulls   = 4096
)

// layout makes what a fleet needs on the server, and checks what is there.
func (f *Fleet) layout(ctx context.Context) error {
	if f.cfg.Replicas == 0 {
		f.cfg.Replicas = 1
		if f.conn.ConnectedClusterName() != "" {
			f.cfg.Replicas = 3
		}
	}
	e := &ConfigError{}
	f.consumers = nil
	for shard := range f.cfg.Shards {
		c, err := f.shard(ctx, shard, e)
		if err != nil {
			return fmt.Errorf("fleet: make stream %s: %w", f.names.stream(shard), err)
		}
		f.consumers = append(f.consumers, c)
	}
	switch _, err := f.js.Stream(ctx, f.names.stream(f.cfg.Shards)); {
	case err == nil:
		e.add("Shards", f.cfg.Shards, "more on the server")
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return fmt.Errorf("fleet: look for stream %s: %w", f.names.stream(f.cfg.Shards), err)
	}
	kv, err := f.bucket(ctx, f.callsConfig(), e)
	if err != nil {
		return fmt.Errorf("fleet: make bucket %s: %w", f.names.calls(), err)
	}
	f.calls = bucket{kv}
	if f.workers, err = f.bucket(ctx, f.workersConfig(), e); err != nil {
		return fmt.Errorf("fleet: make bucket %s: %w", f.names.workers(), err)
	}
	return e.orNil()
}

// streamConfig returns the stream of the calls of a shard. A message stays until its call
// has ended. There is at most one for a call: a second one is refused as long as the first
// is there, which deduplication by id does for a limited time only.
func (f *Fleet) streamConfig(shard int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:                 f.names.stream(shard),
		Description:          "Calls of " + f.names.prefix,
		Subjects:             []string{f.names.subjects(shard)},
		Retention:            jetstream.WorkQueuePolicy,
		Storage:              jetstream.FileStorage,
		Replicas:             f.cfg.Replicas,
		MaxMsgsPerSubject:    1,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		Duplicates:           duplicates,
		MaxMsgSize:           maxJob,
		MaxBytes:             f.cfg.MaxBytes,
	}
}

// consumerConfig returns the consumer of a shard, whose acknowledgement deadline is the
// lease. MaxAckPending bounds the calls that are held: its default would stop dispatch at
// 1,000. BackOff would replace AckWait, and so change the lease.
func (f *Fleet) consumerConfig() jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       consumer,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       f.cfg.Lease,
		MaxAckPending: -1,
		MaxDeliver:    -1,
		MaxWaiting:    maxPulls,
		Replicas:      f.cfg.Replicas,
	}
}

// callsConfig returns the bucket of the states of calls. It has no TTL, which would forget
// a call that is longer.
func (f *Fleet) callsConfig() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket:         f.names.calls(),
		Description:    "States of calls of " + f.names.prefix,
		History:        1,
		MaxValueSize:   maxEntry,
		MaxBytes:       f.cfg.MaxBytes,
		Storage:        jetstream.FileStorage,
		Replicas:       f.cfg.Replicas,
		LimitMarkerTTL: markerTTL,
	}
}

// workersConfig returns the bucket of heartbeats. It is in memory, so that a full disk does
// not look like the loss of a quorum, which would strand the calls that run.
func (f *Fleet) workersConfig() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket:      f.names.workers(),
		Description: "Workers of " + f.names.prefix,
		History:     1,
		TTL:         workerTTL,
		Storage:     jetstream.MemoryStorage,
		Replicas:    f.cfg.Replicas,
	}
}

// shard makes the stream of a shard and its consumer, or adds what differs to e.
func (f *Fleet) shard(ctx context.Context, shard int, e *ConfigError) (jetstream.Consumer, error) {
	want := f.streamConfig(shard)
	s, err := f.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = f.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			s, err = f.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, err
	}
	have := s.CachedInfo().Config
	differ(e, want.Name+" Retention", want.Retention, have.Retention)
	differ(e, want.Name+" Storage", want.Storage, have.Storage)
	differ(e, want.Name+" Replicas", want.Replicas, have.Replicas)
	differ(e, want.Name+" MaxMsgsPerSubject", want.MaxMsgsPerSubject, have.MaxMsgsPerSubject)
	differ(e, want.Name+" Discard", want.Discard, have.Discard)
	differ(e, want.Name+" DiscardNewPerSubject", want.DiscardNewPerSubject, have.DiscardNewPerSubject)
	differ(e, want.Name+" MaxAge", 0, have.MaxAge)
	differ(e, want.Name+" MaxBytes", want.MaxBytes, have.MaxBytes)
	unbounded(e, want.Name+" MaxMsgs", have.MaxMsgs)
	atLeast(e, want.Name+" MaxMsgSize", want.MaxMsgSize, have.MaxMsgSize)
	atLeast(e, want.Name+" Duplicates", want.Duplicates, have.Duplicates)
	differ(e, want.Name+" Subjects", fmt.Sprint(want.Subjects), fmt.Sprint(have.Subjects))

	return f.consumer(ctx, s, want, e)
}

// consumer makes the consumer of a shard, or adds what differs to e.
func (f *Fleet) consumer(ctx context.Context, s jetstream.Stream, stream jetstream.StreamConfig, e *ConfigError) (jetstream.Consumer, error) {
	wantC := f.consumerConfig()
	c, err := s.Consumer(ctx, consumer)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		c, err = s.CreateConsumer(ctx, wantC)
		if errors.Is(err, jetstream.ErrConsumerExists) {
			c, err = s.Consumer(ctx, consumer)
		}
	}
	if err != nil {
		return nil, err
	}
	haveC := c.CachedInfo().Config
	name := stream.Name + " " + consumer
	differ(e, name+" AckPolicy", wantC.AckPolicy, haveC.AckPolicy)
	differ(e, name+" AckWait", wantC.AckWait, haveC.AckWait)
	differ(e, name+" MaxAckPending", wantC.MaxAckPending, haveC.MaxAckPending)
	differ(e, name+" MaxDeliver", wantC.MaxDeliver, haveC.MaxDeliver)
	differ(e, name+" BackOff", 0, len(haveC.BackOff))
	atLeast(e, name+" MaxWaiting", wantC.MaxWaiting, haveC.MaxWaiting)
	atLeast(e, name+" MaxRequestBatch", maxPull, haveC.MaxRequestBatch)
	unbounded(e, name+" MaxRequestExpires", haveC.MaxRequestExpires)
	unbounded(e, name+" MaxRequestMaxBytes", haveC.MaxRequestMaxBytes)
	filters := haveC.FilterSubjects
	if haveC.FilterSubject != "" {
		filters = append(filters, haveC.FilterSubject)
	}
	if all := stream.Subjects[0]; slices.ContainsFunc(filters, func(s string) bool { return s != all }) {
		e.add(name+" FilterSubject", "none", strings.Join(filters, ","))
	}
	return c, nil
}

// bucket makes a bucket, or adds what differs to e.
func (f *Fleet) bucket(ctx context.Context, want jetstream.KeyValueConfig, e *ConfigError) (jetstream.KeyValue, error) {
	kv, err := f.js.KeyValue(ctx, want.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = f.js.CreateKeyValue(ctx, want)
		if errors.Is(err, jetstream.ErrBucketExists) {
			kv, err = f.js.KeyValue(ctx, want.Bucket)
		}
	}
	if err != nil {
		return nil, err
	}
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, err
	}
	have := status.Config()
	differ(e, want.Bucket+" History", want.History, have.History)
	differ(e, want.Bucket+" TTL", want.TTL, have.TTL)
	differ(e, want.Bucket+" Storage", want.Storage, have.Storage)
	differ(e, want.Bucket+" Replicas", want.Replicas, have.Replicas)
	differ(e, want.Bucket+" LimitMarkerTTL", want.LimitMarkerTTL, have.LimitMarkerTTL)
	differ(e, want.Bucket+" MaxBytes", cmp.Or(want.MaxBytes, -1), have.MaxBytes)
	atLeast(e, want.Bucket+" MaxValueSize", cmp.Or(want.MaxValueSize, -1), have.MaxValueSize)
	s, err := f.js.Stream(ctx, "KV_"+want.Bucket)
	if err != nil {
		return nil, err
	}
	unbounded(e, want.Bucket+" MaxMsgs", s.CachedInfo().Config.MaxMsgs)
	return kv, nil
}
