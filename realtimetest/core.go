package realtimetest

import (
	"time"

	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
)

// core is what every part of a session shares: its sender, its timers and the
// server's configuration. It belongs to the session's goroutine.
type core struct {
	*sender
	cfg   *Config
	tasks loop.Schedule
}

// after runs f on the session's goroutine after d.
func (c *core) after(d time.Duration, f func()) *loop.Task { return c.tasks.After(d, f) }

func milliseconds(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
