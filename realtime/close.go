package realtime

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// closeWith ends the session from this side.
func (e *engine) closeWith(code int, reason string) error {
	if !sendable(code) || !platformSends(code) {
		return fmt.Errorf("realtime: close code %d cannot be sent", code)
	}
	e.mu.Lock()
	first := e.local == nil && !e.finished
	if first {
		e.local = &CloseError{Code: code, Reason: reason, Local: true}
		e.gone = make(chan struct{})
		close(e.quit)
		if e.cancel != nil {
			e.cancel()
		}
	}
	late, gone := !first && e.local == nil, e.gone
	e.mu.Unlock()
	switch {
	case first:
		e.shut(code, reason)
		close(gone)
	case late:
		// The session has ended by itself, and nobody else closes it.
		<-e.done
		e.wg.Wait()
	default:
		<-gone
	}
	return e.ended.Load().unwritten()
}

// shut flushes, says goodbye and waits for the answer, all within the bound.
func (e *engine) shut(code int, reason string) {
	deadline := time.Now().Add(e.o.CloseTimeout)
	timer := time.NewTimer(e.o.CloseTimeout)
	defer timer.Stop()
	e.out.seal(ErrClosed)
	expired := false
	select {
	case <-e.out.drained():
	case <-e.done:
	case <-timer.C:
		expired = true
	}
	if t := e.current(); t != nil {
		if !expired && t.writeClose(code, cut(reason), deadline) == nil {
			select {
			case <-e.done:
			case <-timer.C:
			}
		}
		t.abort()
	}
	<-e.done
	e.wg.Wait()
}

// flush waits until everything accepted so far is written.
func (e *engine) flush(ctx context.Context) error {
	select {
	case <-e.out.drained():
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	case <-e.done:
	}
	select {
	case <-e.done:
		return e.ended.Load().flushed()
	default:
		return nil
	}
}

// sendable reports a code that an endpoint may put into a close frame.
func sendable(code int) bool {
	switch code {
	case 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014:
		return true
	default:
		return code >= 3000 && code < 5000
	}
}

// cut brings a reason to the size that a close frame holds.
func cut(reason string) string {
	for len(reason) > closeReasonSize {
		_, n := utf8.DecodeLastRuneInString(reason)
		reason = reason[:len(reason)-n]
	}
	return reason
}
