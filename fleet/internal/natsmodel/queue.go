package natsmodel

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// JetStream is the part of JetStream that publishes, and that looks for streams.
type JetStream struct {
	jetstream.JetStream
	c *Conn
}

// JetStream returns that of a connection.
func (c *Conn) JetStream() *JetStream { return &JetStream{c: c} }

// Publish stores a message, unless its subject has one or its id was stored a moment ago.
func (j *JetStream) Publish(ctx context.Context, subject string, data []byte, _ ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	err := j.c.do(ctx, "publish "+subject, func() error { return j.c.s.store(subject, data) })
	return &jetstream.PubAck{}, err
}

// store stores a message. The lock is held.
func (s *Servers) store(subject string, data []byte) error {
	n, id := shardOf(subject)
	sh := s.shard(n)
	if at, ok := sh.ids[id]; ok && s.now().Sub(at) < s.Window {
		return nil
	}
	if slices.ContainsFunc(sh.messages, func(m *message) bool { return m.subject == subject }) {
		return &jetstream.APIError{Code: 400, ErrorCode: 10077, Description: "maximum messages per subject exceeded"}
	}
	sh.seq++
	sh.ids[id] = s.now()
	sh.messages = append(sh.messages, &message{seq: sh.seq, subject: subject, data: data})
	s.wake()
	return nil
}

// CreateKeyValue makes the bucket in memory again.
func (j *JetStream) CreateKeyValue(ctx context.Context, _ jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	err := j.c.do(ctx, "create", func() error {
		j.c.s.beats = true
		return nil
	})
	return nil, err
}

// Stream returns the queue of a name such as "voice_JOBS_3".
func (j *JetStream) Stream(_ context.Context, name string) (jetstream.Stream, error) {
	n, err := strconv.Atoi(name[strings.LastIndexByte(name, '_')+1:])
	return &stream{c: j.c, n: n}, err
}

type stream struct {
	jetstream.Stream
	c *Conn
	n int
}

func (s *stream) GetMsg(ctx context.Context, seq uint64, _ ...jetstream.GetMsgOpt) (*jetstream.RawStreamMsg, error) {
	var found *jetstream.RawStreamMsg
	err := s.c.do(ctx, fmt.Sprint("message ", s.n, seq), func() error {
		m := s.c.s.shard(s.n).find(seq)
		if m == nil {
			return jetstream.ErrMsgNotFound
		}
		found = &jetstream.RawStreamMsg{Subject: m.subject, Sequence: seq}
		return nil
	})
	if err != nil {
		return nil, err // What comes too late may still set found.
	}
	return found, nil
}

// Consumer returns the consumer of a queue.
func (c *Conn) Consumer(n int) jetstream.Consumer { return &consumer{c: c, n: n} }

type consumer struct {
	jetstream.Consumer
	c *Conn
	n int
}

type batch struct {
	messages chan jetstream.Msg
	err      error // set before messages is closed
}

func (b *batch) Messages() <-chan jetstream.Msg { return b.messages }
func (b *batch) Error() error                   { return b.err }

// Fetch pulls for Servers.PullFor.
func (k *consumer) Fetch(n int, _ ...jetstream.FetchOpt) (jetstream.MessageBatch, error) {
	b := &batch{messages: make(chan jetstream.Msg, n)}
	go func() {
		defer close(b.messages)
		b.err = k.fill(b, n)
	}()
	return b, nil
}

// fill delivers up to n messages until the pull expires.
func (k *consumer) fill(b *batch, n int) error {
	expires := time.NewTimer(k.c.s.PullFor)
	defer expires.Stop()
	if k.c.State() == Cut || k.c.State() == Minority || !k.c.Pass() {
		<-expires.C
		return nats.ErrTimeout
	}
	for n > 0 {
		m, wait, woken, err := k.c.s.lease(k.n)
		switch {
		case err != nil:
			return err
		case k.c.State() == Dead: // The servers notice it. They do not notice the others.
			return nats.ErrConnectionClosed
		case m != nil:
			n--
			if k.c.Pass() {
				b.messages <- m
			}
			continue
		}
		soon := time.NewTimer(wait)
		select {
		case <-woken:
		case <-soon.C:
		case <-expires.C:
			soon.Stop()
			return nil
		}
		soon.Stop()
	}
	return nil
}

// lease leases a message, or returns how long to wait for one.
func (s *Servers) lease(n int) (*delivery, time.Duration, chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, 0, nil, nats.ErrNoResponders
	}
	m, wait := s.shard(n).ready(s.now())
	if m == nil {
		return nil, wait, s.woken, nil
	}
	m.leased, m.until, m.delivered = true, s.now().Add(s.Lease), m.delivered+1
	return &delivery{shard: n, seq: m.seq, subject: m.subject, data: m.data, n: m.delivered}, 0, nil, nil
}

// delivery is a message as it was delivered.
type delivery struct {
	jetstream.Msg
	shard   int
	seq, n  uint64
	subject string
	data    []byte
}

func (d *delivery) Data() []byte    { return d.data }
func (d *delivery) Subject() string { return d.subject }
func (d *delivery) Reply() string   { return fmt.Sprintf("ack %d %d", d.shard, d.seq) }
func (d *delivery) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{Sequence: jetstream.SequencePair{Stream: d.seq}, NumDelivered: d.n}, nil
}

// RequestWithContext acknowledges a delivery. As with real servers, that of any delivery of a
// message acts on the message, also that of a former owner.
func (c *Conn) RequestWithContext(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
	var n int
	var seq uint64
	if _, err := fmt.Sscanf(subject, "ack %d %d", &n, &seq); err != nil {
		return nil, nats.ErrNoResponders
	}
	body := string(data)
	if body == "+WPI" && c.State() == Minority {
		return &nats.Msg{}, nil
	}
	err := c.do(ctx, subject+body, func() error { return c.acknowledge(n, seq, body) })
	return &nats.Msg{}, err
}

// acknowledge does what an acknowledgement wants. The lock of the servers is held.
func (c *Conn) acknowledge(n int, seq uint64, body string) error {
	s := c.s
	sh := s.shard(n)
	m := sh.find(seq)
	kind, argument, _ := strings.Cut(body, " ")
	switch {
	case m == nil:
	case kind == "+ACK":
		if s.Acked != nil {
			_, key := shardOf(m.subject)
			var data []byte
			if v := s.values[key]; v != nil {
				data = v.data
			}
			s.Acked(c.name, m.subject, n, seq, data)
		}
		sh.messages = slices.DeleteFunc(sh.messages, func(o *message) bool { return o == m })
	case kind == "+WPI":
		if m.leased {
			m.until = s.now().Add(s.Lease)
		}
	case kind == "-NAK":
		var o struct{ Delay time.Duration }
		if argument != "" {
			if err := json.Unmarshal([]byte(argument), &o); err != nil {
				return err
			}
		}
		m.until = s.now().Add(o.Delay)
	}
	s.wake()
	return nil
}
