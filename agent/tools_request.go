package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// errOverdue is returned when a server does not answer.
var errOverdue = errors.New("agent: no answer")

// request is Session.Request, with errOverdue when the server has had the whole event
// for the duration and has not answered, or the answer is stuck behind a full receive
// queue. It waits for room in the send queue whatever the session's policy is.
func request(ctx context.Context, s *realtime.Session, e api.ClientEvent, patience time.Duration) (api.ServerEvent, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &watch{s: s, patience: patience, overdue: func() { cancel(errOverdue) }}
	w.start()
	defer w.stop()
	for {
		answer, err := s.Request(ctx, e)
		switch {
		case errors.Is(err, socket.ErrSendQueueFull):
			if err := s.Flush(ctx); err != nil {
				return nil, err
			}
		case errors.Is(err, socket.ErrReceiveQueueFull):
			return nil, errOverdue
		default:
			return answer, err
		}
	}
}

// watch calls overdue after the duration of patience, but not while events wait to be
// written: an outage may be as long as it likes.
type watch struct {
	s        *realtime.Session
	patience time.Duration
	overdue  func()

	mu    sync.Mutex // guards what follows
	timer *time.Timer
	over  bool
}

func (w *watch) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.timer = time.AfterFunc(w.patience, w.check)
	}
}

func (w *watch) check() {
	if w.s.Stats().SendQueueEvents > 0 {
		w.start()
		return
	}
	w.overdue()
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
}
