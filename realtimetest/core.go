package realtimetest

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
)

// outlet is where the events of a session go: its connection, or the sidebands of a
// call. It belongs to the session's goroutine.
type outlet interface {
	// emit sends an event.
	emit(e event)
	// fail sends an error event, to the client that has caused it if there is one. id is
	// the id of the client's event, empty if it has none.
	fail(e *api.Error, id string)
	// perform performs a step that acts on the connection and ignores others.
	perform(step Step)
	// closed reports whether nothing is sent any more.
	closed() bool
}

// core is what every part of a session shares: its outlet, its ids, its timers and the
// server's configuration. It belongs to the session's goroutine.
type core struct {
	outlet
	*idMaker
	cfg   *Config
	tasks loop.Schedule
}

// after runs f on the session's goroutine after d.
func (c *core) after(d time.Duration, f func()) *loop.Task { return c.tasks.After(d, f) }

// logError logs an error in a preset. Presets were checked when they were made.
func (c *core) logError(err *api.Error) {
	if err != nil {
		c.cfg.Logger.Error("preset cannot be applied", "id", c.id, "error", err.Message)
	}
}

func milliseconds(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
