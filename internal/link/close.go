package link

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/socket"
)

// Close ends the connection from this side: it writes what was accepted, sends a
// close frame, waits for the answer and releases everything, within
// Options.CloseTimeout. It may be called from anywhere but a hook, any number of
// times; the first call counts. The error is what could not be written, or that
// the code cannot be sent.
func (c *Conn) Close(code int, reason string) error {
	if !sendable(code) || !platformSends(code) {
		return fmt.Errorf(text.Prefix+"close code %d cannot be sent", code)
	}
	c.mu.Lock()
	first := c.local == nil && !c.finished
	if first {
		c.local = &socket.CloseError{Code: code, Reason: reason, Local: true}
		c.gone = make(chan struct{})
		close(c.quit)
		if c.cancel != nil {
			c.cancel()
		}
	}
	late, gone := !first && c.gone == nil, c.gone
	c.mu.Unlock()
	switch {
	case first:
		c.shut(code, reason)
		close(gone)
	case late:
		// The connection ended without Close, and no other call of it waits.
		<-c.done
		c.wg.Wait()
	default:
		<-gone
	}
	return c.Ending().unwritten()
}

// Abort ends the connection from this side at once: nothing more is written, not even
// a close frame, and nothing more is read. It makes a Close under way end at once, too,
// and then its cause counts. It waits until everything is released, which no peer can
// delay. After an end it changes nothing. The error is what was not written.
func (c *Conn) Abort(cause error) error {
	if cause == nil {
		cause = socket.ErrAborted
	}
	c.mu.Lock()
	if !c.finished && c.aborted == nil {
		if c.local == nil {
			close(c.quit)
		}
		c.local = &socket.CloseError{Code: codeAbnormal, Reason: text.Unprefixed(cause), Local: true}
		c.aborted = cause
		if c.cancel != nil {
			c.cancel()
		}
	}
	t := c.t
	c.mu.Unlock()
	c.Out.cut(cause)
	if t != nil {
		t.Abort()
	}
	<-c.done
	c.wg.Wait()
	return c.Ending().unwritten()
}

// shut flushes, sends a close frame and waits for the answer, all within the
// bound.
func (c *Conn) shut(code int, reason string) {
	deadline := time.Now().Add(c.o.CloseTimeout)
	timer := time.NewTimer(c.o.CloseTimeout)
	defer timer.Stop()
	c.Out.seal(socket.ErrClosed)
	expired := false
	select {
	case <-c.Out.Settled():
	case <-c.done:
	case <-timer.C:
		expired = true
	}
	if t := c.Current(); t != nil {
		if !expired && t.WriteClose(code, cut(reason), deadline) == nil {
			select {
			case <-c.done:
			case <-timer.C:
			}
		}
		t.Abort()
	}
	<-c.done
	c.wg.Wait()
}

// Flush waits until every frame accepted before the call is settled. It returns
// nil, the context's error, or what ended the connection before.
func (c *Conn) Flush(ctx context.Context) error {
	select {
	case <-c.Out.Settled():
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	case <-c.done:
	}
	select {
	case <-c.done:
		return c.Ending().flushed()
	default:
		return nil
	}
}

// sendable reports whether an endpoint may put a code into a close frame.
func sendable(code int) bool {
	switch code {
	case 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014:
		return true
	default:
		return code >= 3000 && code < 5000
	}
}

// reasonSize is how long the reason in a close frame may be, in bytes.
const reasonSize = 123

// cut shortens a reason to reasonSize without cutting a character.
func cut(reason string) string {
	for len(reason) > reasonSize {
		_, n := utf8.DecodeLastRuneInString(reason)
		reason = reason[:len(reason)-n]
	}
	return reason
}
