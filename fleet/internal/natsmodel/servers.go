// Package natsmodel is a model of NATS servers with JetStream: work queues whose messages are
// leased, a bucket with compare-and-set, and the faults that real servers, their clocks and
// connections have. It runs inside of a bubble of [testing/synctest], where hours take moments.
package natsmodel

import (
	"hash/fnv"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Servers are the servers of a fleet. Set the exported fields before the first Conn.
type Servers struct {
	// Lease is the acknowledgement deadline of messages, Window the time of deduplication,
	// PullFor how long a pull waits.
	Lease, Window, PullFor time.Duration
	// Seed decides which requests and answers are lost and how long they take.
	Seed uint64
	// Wrote and Acked, if not nil, are called for each write of the bucket and for each message
	// that goes, with the name of the connection. before is nil for a new value, after nil for
	// one that was removed. They must not call the servers.
	Wrote func(conn, key string, before, after []byte)
	Acked func(conn, subject string, shard int, seq uint64, value []byte)

	mu     sync.Mutex
	skew   time.Duration     // guarded by mu; of the servers' clock
	down   bool              // guarded by mu
	shards map[int]*shard    // guarded by mu
	values map[string]*value // guarded by mu
	rev    uint64            // guarded by mu; of the latest write
	beats  bool              // guarded by mu; whether the bucket in memory exists
	conns  map[string]*Conn  // guarded by mu; by the subject on which they listen
	woken  chan struct{}     // guarded by mu; closed and replaced when something changes
}

type shard struct {
	seq      uint64
	messages []*message
	ids      map[string]time.Time // when a message with the id was stored
}

// message is a stored message. It is ready when it is not leased, or its lease is over.
type message struct {
	seq       uint64
	subject   string
	data      []byte
	leased    bool
	until     time.Time // on the servers' clock
	delivered uint64
}

type value struct {
	data, former   []byte // former is what a replica that lags behind has
	rev, formerRev uint64
	at             time.Time
}

// New returns servers that are up.
func New(seed uint64, lease, window, pullFor time.Duration) *Servers {
	return &Servers{
		Lease: lease, Window: window, PullFor: pullFor, Seed: seed,
		shards: map[int]*shard{}, values: map[string]*value{}, conns: map[string]*Conn{}, woken: make(chan struct{}), beats: true,
	}
}

// now is the servers' time. The lock is held.
func (s *Servers) now() time.Time { return time.Now().Add(s.skew) }

// wake wakes the pulls. The lock is held.
func (s *Servers) wake() {
	close(s.woken)
	s.woken = make(chan struct{})
}

// Jump steps the servers' clock, by which leases are measured: forward, or backward if d is
// negative.
func (s *Servers) Jump(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew += d
	s.wake()
}

// Stop stops the servers. What they have confirmed they keep, except the bucket in memory. Each
// lease becomes shorter by up to a second.
func (s *Servers) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.beats = true, false
	for n, sh := range s.shards {
		for _, m := range sh.messages {
			less := s.draw(1000, "restart", strconv.Itoa(n), strconv.FormatUint(m.seq, 10))
			m.until = m.until.Add(-time.Duration(less) * time.Millisecond)
		}
	}
	s.wake()
}

// Start starts servers that were stopped.
func (s *Servers) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = false
	s.wake()
}

// Left returns the subjects of the messages and the keys of the values that are there.
func (s *Servers) Left() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []string
	for _, sh := range s.shards {
		for _, m := range sh.messages {
			left = append(left, "message "+m.subject)
		}
	}
	for key := range s.values {
		left = append(left, "value "+key)
	}
	return left
}

// draw returns a number below n that depends on the seed and the names alone: a schedule that
// runs again meets the same faults.
func (s *Servers) draw(n uint64, names ...string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strconv.FormatUint(s.Seed, 10)))
	for _, name := range names {
		_, _ = h.Write([]byte("/" + name))
	}
	x := h.Sum64() // The low bits of FNV are weak.
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return int64(x % n) //nolint:gosec // n is small.
}

// shard returns the queue with a number. The lock is held.
func (s *Servers) shard(n int) *shard {
	if s.shards[n] == nil {
		s.shards[n] = &shard{ids: map[string]time.Time{}}
	}
	return s.shards[n]
}

// shardOf returns the number of a subject such as "voice.job.3.rtc_1", and its last token.
func shardOf(subject string) (int, string) {
	parts := strings.SplitN(subject, ".", 4)
	n, err := strconv.Atoi(parts[2])
	if err != nil {
		return 0, ""
	}
	return n, parts[3]
}

// ready returns the first message that may be delivered, and otherwise when the next one may.
// The lock is held.
func (sh *shard) ready(now time.Time) (*message, time.Duration) {
	soonest := time.Hour
	for _, m := range sh.messages {
		if !m.leased || !now.Before(m.until) {
			return m, 0
		}
		soonest = min(soonest, m.until.Sub(now))
	}
	return nil, soonest
}

// find returns a message, or nil if it has gone.
func (sh *shard) find(seq uint64) *message {
	for _, m := range sh.messages {
		if m.seq == seq {
			return m
		}
	}
	return nil
}
