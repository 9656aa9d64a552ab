package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/calls"
)

// The bodies of acknowledgements that the server confirms when they are requests.
const (
	ackDone     = "+ACK"
	ackProgress = "+WPI"
	ackLeave    = "-NAK"
)

// confirm sends an acknowledgement and waits for the server's confirmation. One that is
// only published is lost when the process exits, and is sent late if it is buffered while
// the connection is down.
func (f *Fleet) confirm(ctx context.Context, reply, body string) error {
	ctx, cancel := context.WithTimeout(ctx, f.within())
	defer cancel()
	_, err := f.nc.RequestWithContext(ctx, reply, []byte(body))
	return err
}

// verifyEvery is after how many renewals the owner of the entry is read: a renewal is
// confirmed for a former owner too, and extends the lease of the present one.
const verifyEvery = 4

// hold extends the lease until it is stopped. The time is checked before a renewal is sent:
// a process that was frozen must not renew first.
func (j *Job) hold(ctx context.Context) {
	defer close(j.held)
	f := j.w.f
	for n := 1; ; n++ {
		pause := f.cfg.Lease / 4
		sent := time.Now()
		if j.check() != nil {
			return
		}
		switch err := f.confirm(ctx, j.reply, ackProgress); {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause = again
		default:
			j.mu.Lock()
			j.renewed = append(j.renewed, renewal{sent, time.Now()})
			j.mu.Unlock()
			if n%verifyEvery == 0 {
				j.verify(ctx)
			}
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

// unhold stops extending the lease, and returns when no renewal is on its way: one that
// arrives after the call was left would hold it for this worker.
func (j *Job) unhold() {
	j.stop()
	<-j.held
}

// renewal is one that was confirmed.
type renewal struct{ sent, confirmed time.Time }

// deadline returns when the call must be let go. A confirmed renewal alone proves nothing: a
// leader without a quorum confirms it. So it counts once a heartbeat was written that was sent
// after the confirmation. That of taking the call counts by the write of the entry.
func (j *Job) deadline() time.Time {
	beat := j.w.beat.at()
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.renewed) > 0 && !j.renewed[0].confirmed.After(beat) {
		j.proven, j.renewed = j.renewed[0].sent, j.renewed[1:]
	}
	return j.proven.Add(j.w.f.cfg.Lease - j.w.f.margin())
}

// check returns an error if the call is not this worker's any more, and lets it go when
// its time is over.
func (j *Job) check() error {
	if !time.Now().Before(j.deadline()) {
		j.lose(ErrStranded)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.gone == nil && j.entry.Owner == "" {
		return ErrNotOwner // This worker has left it.
	}
	return j.gone
}

// watch lets the call go when its time is over, whatever Run does.
func (j *Job) watch() {
	if j.check() == nil {
		rest := time.Until(j.deadline())
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.gone == nil {
			j.timer.Reset(rest)
		}
	}
}

// lose lets the call go, once: the session is closed first, then the context of Run ends.
// Nothing is sent to the call or to NATS.
func (j *Job) lose(cause error) {
	j.mu.Lock()
	if j.gone != nil {
		j.mu.Unlock()
		return
	}
	j.gone = cause
	s := j.session
	j.timer.Stop()
	j.mu.Unlock()
	j.stop()
	if s != nil {
		_ = s.Abort(cause) // Its cause is the result.
	}
	j.cancel(fmt.Errorf("%w: %w", cause, calls.ErrLeave))
	j.w.drop(j)
}
