package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit statuses.
const (
	statusFailed = 1
	statusUsage  = 2
	statusSignal = 128 // and the number of the signal
)

// signalError is the cause of a context that a signal has ended.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return e.signal.String() }

// errInterrupted is returned by a command that Ctrl-C has ended as a key: terminals in raw
// mode send no signal.
var errInterrupted = &signalError{syscall.SIGINT}

// usageError is a command line that is not understood.
type usageError struct {
	err     error
	command string
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v (see %s --help)", e.err, e.command)
}

// silentError is a failure that the command has described in its output.
type silentError struct{ status int }

func (e *silentError) Error() string { return fmt.Sprintf("exit status %d", e.status) }

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. A second one
// kills the process.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			number, ok := s.(syscall.Signal)
			if !ok {
				number = syscall.SIGINT
			}
			cancel(&signalError{number})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// status returns the exit status for what a command has returned, and prints its error.
func status(ctx context.Context, err error, stderr io.Writer) int {
	interrupted, ok := errors.AsType[*signalError](context.Cause(ctx))
	if !ok {
		interrupted, ok = errors.AsType[*signalError](err)
	}
	silent, isSilent := errors.AsType[*silentError](err)
	usage, isUsage := errors.AsType[*usageError](err)
	_, isUnprobed := errors.AsType[*unprobedError](err)
	switch {
	case ok:
		return statusSignal + int(interrupted.signal)
	case err == nil:
		return 0
	case isSilent:
		return silent.status
	case isUsage:
		fmt.Fprintf(stderr, "realtime: %v\n", usage)
		return statusUsage
	case isUnprobed:
		fmt.Fprintf(stderr, "realtime: %s\n", strings.TrimPrefix(explained(err), "realtime: "))
		return statusUsage
	default:
		fmt.Fprintf(stderr, "realtime: %s\n", strings.TrimPrefix(explained(err), "realtime: "))
		return statusFailed
	}
}
