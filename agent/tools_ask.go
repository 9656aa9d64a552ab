package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// answerWithin is how long a response.create may stay without an answer.
const answerWithin = 30 * time.Second

// toolLoop asks the model to go on with the outputs that the table holds.
type toolLoop struct {
	onError func(ctx context.Context, s *realtime.Session, err *CallError) // may be nil; set before use

	running sync.WaitGroup

	mu    sync.Mutex // guards table; no method of the session that waits is called under it
	table table
}

// with runs f with the table.
func (l *toolLoop) with(f func(t *table)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.table)
}

// report tells the log and the program what went wrong with calls. What a server or a
// panic says is for the program alone: it may hold words of the conversation.
func (l *toolLoop) report(ctx context.Context, s *realtime.Session, err error, rows ...*owed) {
	for _, row := range rows {
		args := []any{"call_id", row.id, "function", row.name}
		if refused, ok := errors.AsType[*realtime.ServerError](err); ok {
			args = append(args, "type", refused.Detail.Type, "code", refused.Code(), "event_id", refused.EventID())
		} else if _, ok := errors.AsType[*realtime.PanicError](err); ok {
			args = append(args, "error", "panic")
		} else {
			args = append(args, "error", err)
		}
		s.Logger().Warn("realtime function call failed", args...)
		if l.onError != nil {
			l.tell(ctx, s, &CallError{CallID: row.id, Name: row.name, Err: err})
		}
	}
}

// tell calls the program's handler, whose panic must not end a program.
func (l *toolLoop) tell(ctx context.Context, s *realtime.Session, err *CallError) {
	defer func() {
		if recover() != nil {
			s.Logger().Error("realtime handler panicked", "event", "Tools.OnError")
		}
	}()
	l.onError(ctx, s, err)
}

// goOn asks the model to go on if that is due. The request runs on a goroutine of its
// own: one at a time for a session.
func (l *toolLoop) goOn(ctx context.Context, s *realtime.Session) {
	vain := l.ask(ctx, s)
	l.report(ctx, s, ErrNoFollowUp, vain...)
}

// ask begins the request that is due. It returns the calls for which the model was
// asked in vain too often.
func (l *toolLoop) ask(ctx context.Context, s *realtime.Session) (vain []*owed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rows []*owed
	for _, row := range l.table.due() {
		if row.asks >= maxAsks {
			l.table.drop(row)
			vain = append(vain, row)
			continue
		}
		row.asks++
		rows = append(rows, row)
	}
	if len(rows) == 0 || s.Err() != nil {
		return vain
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a := &asking{rows: rows, epoch: l.table.epoch, over: make(chan struct{}), cancel: cancel}
	l.table.asked = a
	l.running.Go(func() {
		defer cancel()
		e, err := request(ctx, s, &api.ResponseCreate{}, answerWithin)
		ctx := context.WithoutCancel(ctx)
		if l.answered(ctx, s, a, e, err) {
			l.wait(s, a)
		}
		l.goOn(ctx, s)
	})
	return vain
}

// answered notes the outcome of a request for a response. It reports whether the
// response that stands in the way is one that the table does not know (yet).
func (l *toolLoop) answered(ctx context.Context, s *realtime.Session, a *asking, e api.ServerEvent, err error) (wait bool) {
	l.mu.Lock()
	t := &l.table
	if t.asked != a {
		l.mu.Unlock()
		return false
	}
	refused, _ := errors.AsType[*realtime.ServerError](err)
	var failed []*owed
	switch {
	case err == nil:
		if created, ok := e.(*api.ResponseCreated); ok {
			a.id = created.Response.ID
		}
		if t.busy && t.active == a.id {
			t.release() // Otherwise its event is still on the way to the mux.
		}
	case refused != nil && refused.Code() == realtime.CodeResponseActive:
		wait = !t.busy && !a.passed
		a.refused = wait
		t.unsure(a)
		t.settleUncertain(a)
		if !wait {
			t.release()
		}
	case errors.Is(err, realtime.ErrReplaced):
		t.down = t.down || t.epoch == a.epoch // Reconnected is still on the way to the mux.
		for _, row := range a.rows {
			row.uncertain = true
		}
		t.release()
	default:
		t.release()
		failed = t.unanswered(a)
	}
	l.mu.Unlock()
	if errors.Is(err, errOverdue) {
		err = ErrNoFollowUp
	}
	if s.Err() == nil {
		l.report(ctx, s, err, failed...)
	}
	return wait
}

// wait waits for a response of which the server alone knows.
func (l *toolLoop) wait(s *realtime.Session, a *asking) {
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case <-a.over:
	case <-timer.C:
	case <-s.Done():
	}
	l.with(func(t *table) {
		if t.asked == a {
			t.release()
		}
	})
}
