package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
)

// errOther is the error for a call that is another worker's, or this one's already.
var errOther = errors.New("fleet: the call is not taken")

// serve handles one delivery of a call, of a pull that was sent at the time asked.
func (w *work) serve(ctx context.Context, shard int, msg jetstream.Msg, asked time.Time) {
	ctx = context.WithoutCancel(ctx) // The end of the pulls.
	logger := w.f.log.With("worker", w.id)
	j, seq, err := w.delivered(ctx, msg)
	if err != nil {
		logger.Error("fleet: a message is not a call, and is dropped", "subject", msg.Subject(), "error", err)
		_ = msg.TermWithReason("not a call") // Or it would be delivered again and again.
		return
	}
	if !w.add(j) {
		return // A delivery of a call that this worker has: its renewals count for both.
	}
	if _, _, draining := w.places.count(); draining {
		j.cancel(calls.ErrLeave) // The drain may have missed it.
	}
	err = j.take(ctx, jobName(shard, seq), asked)
	if err == nil {
		go j.hold(j.stopped)
		fate, err := j.handle()
		w.finish(j, fate, err)
		return
	}
	w.drop(j)
	j.stop()
	close(j.held)
	j.cancel(err)
	j.timer.Stop()
	if _, unread := errors.AsType[*StateError](err); !unread && !errors.Is(err, errOther) {
		logger.Warn("fleet: a call was not taken, and comes back", "call", j.ID(), "error", err)
	}
}

// jobName names a message across shards.
func jobName(shard int, seq uint64) string { return fmt.Sprintf("%d:%d", shard, seq) }

// delivered makes the job of a message. Its lease has been running since the message was
// asked for at the latest, so that the first renewal counts only.
func (w *work) delivered(ctx context.Context, msg jetstream.Msg) (*Job, uint64, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return nil, 0, err
	}
	in := &api.RealtimeCallIncoming{}
	if err := json.Unmarshal(msg.Data(), in); err != nil {
		return nil, 0, err
	}
	if err := checkID(in.Data.CallID); err != nil {
		return nil, 0, err
	}
	j := &Job{
		w: w, in: in, key: token(in.Data.CallID), reply: msg.Reply(),
		writes: make(chan struct{}, 1), held: make(chan struct{}),
	}
	j.ctx, j.cancel = context.WithCancelCause(ctx)
	j.stopped, j.stop = context.WithCancel(ctx)
	j.timer = time.AfterFunc(w.f.cfg.Lease, j.watch)
	return j, meta.Sequence.Stream, nil
}

// take makes this worker the owner of the call: it renews the lease, and writes itself
// into the entry. From then on no former owner can write.
func (j *Job) take(ctx context.Context, name string, asked time.Time) error {
	f := j.w.f
	if f.stale(asked) {
		return errOther
	}
	sent := time.Now()
	if err := f.confirm(ctx, j.reply, ackProgress); err != nil {
		return err
	}
	j.mu.Lock()
	j.proven = sent
	j.mu.Unlock()
	ctx, cancel := context.WithDeadline(ctx, sent.Add(f.cfg.Lease-f.margin()))
	defer cancel()
	for {
		err := j.claim(ctx, name)
		_, unread := errors.AsType[*StateError](err)
		if err == nil || unread || errors.Is(err, errOther) {
			return err
		}
		if !sleep(ctx, again) {
			return err
		}
	}
}

// claim tries once.
func (j *Job) claim(ctx context.Context, name string) error {
	kv := j.w.f.calls
	ctx, cancel := context.WithTimeout(ctx, max(j.w.f.cfg.Lease/4, 500*time.Millisecond))
	defer cancel()
	have, err := kv.Get(ctx, j.key)
	before, rev := entry{Job: name, Phase: taking}, uint64(0)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
	case err != nil:
		return err
	default:
		rev = have.Revision()
		if before, err = decodeEntry(have.Value()); err != nil {
			if e, ok := errors.AsType[*StateError](err); ok {
				e.Key = j.key
			}
			if !j.w.unreadable(j, err) {
				return err
			}
			// handle ends it.
			before, j.unread = entry{Job: name, Phase: taking, Fails: maxFails}, err
		}
	}
	if before.Job != name {
		lives, err := j.lives(ctx, before.Job)
		if err != nil {
			return err
		}
		if lives { // The call was offered to two shards.
			_ = j.w.f.confirm(ctx, j.reply, ackDone)
			return errOther
		}
	}
	next := before.with(func(e *entry) { e.Job, e.Epoch, e.Owner = name, e.Epoch+1, j.w.id })
	data, err := next.encode(maxOwn)
	if err != nil {
		return err
	}
	if rev == 0 {
		rev, err = kv.Create(ctx, j.key, data)
	} else {
		rev, err = kv.Update(ctx, j.key, data, rev)
	}
	if errors.Is(err, jetstream.ErrKeyExists) {
		return j.conflict(ctx, next, data, err)
	}
	if err != nil {
		return err
	}
	j.claimed(next, rev, before.Owner)
	return nil
}

// conflict decides on a claim that was refused: an attempt of this job that timed out may
// have succeeded, and otherwise another worker was faster.
func (j *Job) conflict(ctx context.Context, next entry, data []byte, refused error) error {
	have, err := j.w.f.calls.Get(ctx, j.key)
	if err != nil {
		return errors.Join(refused, err)
	}
	e, err := decodeEntry(have.Value())
	switch {
	case err != nil:
		return err
	case string(have.Value()) == string(data):
		j.claimed(next, have.Revision(), "")
		return nil
	case e.Epoch < next.Epoch:
		return refused // The replica that was asked lags behind.
	}
	return errOther
}

func (j *Job) claimed(e entry, rev uint64, from string) {
	j.mu.Lock()
	j.entry, j.rev, j.former = e, rev, e.unfinished()
	j.mu.Unlock()
	j.watch()
	if j.unread == nil {
		j.w.readable(j.key)
	}
	if e.Epoch == 1 {
		return
	}
	j.w.f.log.Info("fleet: call taken over", "call", j.ID(), "epoch", e.Epoch, "from", from)
	if from != "" && from != j.w.id {
		if data, err := json.Marshal(hint{j.key, e.Epoch}); err == nil {
			_ = j.w.f.nc.Publish(j.w.f.names.taken(from), data) // A hint: it may be lost.
		}
	}
}

// lives reports whether the message of another job for the call is still there. A stream
// that was made anew has other messages with the same numbers.
func (j *Job) lives(ctx context.Context, name string) (bool, error) {
	var shard int
	var seq uint64
	if _, err := fmt.Sscanf(name, "%d:%d", &shard, &seq); err != nil {
		return false, nil //nolint:nilerr // Nothing of ours: its entry is replaced.
	}
	s, err := j.w.f.js.Stream(ctx, j.w.f.names.stream(shard))
	var msg *jetstream.RawStreamMsg
	if err == nil {
		msg, err = s.GetMsg(ctx, seq)
	}
	if errors.Is(err, jetstream.ErrMsgNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return false, nil
	}
	return err == nil && strings.HasSuffix(msg.Subject, "."+j.key), err
}
