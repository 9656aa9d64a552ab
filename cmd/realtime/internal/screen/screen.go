// Package screen shows a conversation on a terminal: captions, meters, the wait for each
// answer and the cost, and a line to write in.
package screen

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Event is what happens in a conversation.
type Event struct {
	At      float64
	Kind    string
	Text    string
	User    string
	Unheard string
	Cut     bool
	Wait    float64
	Cost    string
	Error   string
}

// Options are what the screen shows beside the conversation.
type Options struct {
	// Title is shown at the top.
	Title string
	// Levels returns how loud both sides are, in dBFS; nil: there is no sound.
	Levels func() (in, out float64)
	// Hint is shown where the user writes.
	Hint string
}

// Talk holds a conversation until it is over or ctx ends. It gives events to show, and gets
// what the user writes from asks.
type Talk func(ctx context.Context, show func(Event), asks <-chan string) error

// ErrInterrupted is returned by Run when the user ended it by Ctrl-C.
var ErrInterrupted = errors.New("interrupted")

// maxAsks bounds what was written and waits for the conversation.
const maxAsks = 16

// frame is the time between two updates of the meters.
const frame = 100 * time.Millisecond

// over is the end of the conversation.
type over struct{ err error }

// Run shows a conversation until it is over, the user ends it, or ctx ends. The terminal is
// as it was before when it returns, and talk has returned. The error is that of talk, ErrInterrupted,
// or the cause of ctx's end.
func Run(ctx context.Context, o Options, talk Talk) error {
	asks := make(chan string, maxAsks)
	program := tea.NewProgram(newModel(o, asks), tea.WithContext(ctx), tea.WithoutSignalHandler())
	talking, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		err := talk(talking, func(e Event) { program.Send(e) }, asks)
		program.Send(over{err})
		ended <- err
	}()
	_, err := program.Run()
	byUser := talking.Err() == nil
	stop()
	talked := <-ended
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, tea.ErrInterrupted):
		return ErrInterrupted
	case err != nil:
		return err
	case byUser && errors.Is(talked, context.Canceled):
		return nil // The user quit.
	default:
		return talked
	}
}
