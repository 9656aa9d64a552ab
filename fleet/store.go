package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// write changes the entry of the call under its fence. It is repeated while NATS fails,
// until ctx ends or the lease does. Writes run one after another. An entry above limit is
// refused: maxProgram or maxOwn.
func (j *Job) write(ctx context.Context, limit int, change func(*entry)) error {
	select {
	case j.writes <- struct{}{}:
		defer func() { <-j.writes }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	j.mu.Lock()
	next, rev := j.entry.with(change), j.rev
	j.mu.Unlock()
	data, err := next.encode(limit)
	if err != nil {
		return err
	}
	for {
		if err := j.check(); err != nil {
			return err
		}
		rev, err = j.update(ctx, data, rev)
		if err == nil {
			j.mu.Lock()
			j.entry, j.rev = next, rev
			j.mu.Unlock()
			return nil
		}
		if gone := j.check(); gone != nil {
			return gone
		}
		if noSpace(err) {
			return fmt.Errorf("%w: %w", errNoSpace, err)
		}
		if !sleep(ctx, again) {
			return fmt.Errorf("fleet: the state of the call was not stored: %w", err)
		}
	}
}

// update writes data over revision rev once. It returns the revision to go on with: an
// update that timed out may have been done, and then the next one sees it.
func (j *Job) update(ctx context.Context, data []byte, rev uint64) (uint64, error) {
	// A write may wait for a disk or for an election, a renewal meanwhile need not.
	ctx, cancel := context.WithTimeout(ctx, max(j.w.f.cfg.Lease/4, 500*time.Millisecond))
	defer cancel()
	next, err := j.w.f.calls.Update(ctx, j.key, data, rev)
	if !errors.Is(err, jetstream.ErrKeyExists) {
		if err != nil {
			return rev, err
		}
		return next, nil
	}
	have, getErr := j.w.f.calls.Get(ctx, j.key)
	switch {
	case errors.Is(getErr, jetstream.ErrKeyNotFound):
		j.lose(ErrNotOwner) // It has been ended by another worker.
		return rev, err
	case getErr != nil:
		return rev, errors.Join(err, getErr)
	case bytes.Equal(have.Value(), data):
		return have.Revision(), nil
	case j.owns(have.Value()):
		return have.Revision(), err // An earlier write that had timed out.
	case have.Revision() < rev:
		return rev, err // The replica that was asked lags behind.
	}
	j.lose(ErrNotOwner)
	return rev, err
}

// owns reports whether this worker wrote an entry as the present owner of the call.
func (j *Job) owns(data []byte) bool {
	e, err := decodeEntry(data)
	j.mu.Lock()
	defer j.mu.Unlock()
	return err == nil && e.Owner == j.w.id && e.Epoch == j.entry.Epoch
}

// verify reads the entry and lets the call go if another worker has it.
func (j *Job) verify(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, j.w.f.within()) // Renewals wait for it.
	defer cancel()
	have, err := j.w.f.calls.Get(ctx, j.key)
	if err != nil {
		return
	}
	j.mu.Lock()
	rev := j.rev
	j.mu.Unlock()
	if have.Revision() > rev && !j.owns(have.Value()) {
		j.lose(ErrNotOwner)
	}
}

// purge removes the entry under its fence.
func (j *Job) purge(ctx context.Context) error {
	select {
	case j.writes <- struct{}{}:
		defer func() { <-j.writes }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		if err := j.check(); err != nil {
			return err
		}
		j.mu.Lock()
		rev := j.rev
		j.mu.Unlock()
		attempt, cancel := context.WithTimeout(ctx, max(j.w.f.cfg.Lease/4, 500*time.Millisecond))
		err := j.w.f.calls.Purge(attempt, j.key, rev)
		switch {
		case errors.Is(err, jetstream.ErrKeyExists):
			err = j.purged(attempt, err)
		case noSpace(err):
			err = j.remove(attempt, rev)
		}
		cancel()
		if err == nil {
			return nil
		}
		if !sleep(ctx, again) {
			return fmt.Errorf("fleet: the state of the call was not removed: %w", err)
		}
	}
}

// codeNoSpace is the error for a message that does not fit on disk. The library has no name
// for it.
const codeNoSpace jetstream.ErrorCode = 10023

// noSpace reports whether a write was refused since the disk or the bucket is full.
func noSpace(err error) bool { return hasCode(err, codeNoSpace) || hasCode(err, codeNotKept) }

// remove removes the entry without a marker, for which there is no space. The bound leaves
// what another worker has written; then nothing is removed, and the call is that worker's. The
// library does not return the count.
func (j *Job) remove(ctx context.Context, rev uint64) error {
	bucket := j.w.f.names.calls()
	ask, err := json.Marshal(jetstream.StreamPurgeRequest{Subject: "$KV." + bucket + "." + j.key, Sequence: rev + 1})
	if err != nil {
		return err
	}
	m, err := j.w.f.nc.RequestWithContext(ctx, jetstream.DefaultAPIPrefix+"STREAM.PURGE.KV_"+bucket, ask)
	if err != nil {
		return err
	}
	var done struct {
		Error  *jetstream.APIError `json:"error"`
		Purged int                 `json:"purged"`
	}
	switch err := json.Unmarshal(m.Data, &done); {
	case err != nil:
		return err
	case done.Error != nil:
		return done.Error
	case done.Purged == 0:
		return j.purged(ctx, errors.New("fleet: the state of the call has changed"))
	}
	return nil
}

// purged returns nil if a purge that was refused had been done before, by an attempt that
// timed out.
func (j *Job) purged(ctx context.Context, refused error) error {
	have, err := j.w.f.calls.Get(ctx, j.key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil
	case err != nil:
		return errors.Join(refused, err)
	case j.owns(have.Value()):
		j.mu.Lock()
		j.rev = have.Revision()
		j.mu.Unlock()
	default:
		j.lose(ErrNotOwner)
	}
	return refused
}
