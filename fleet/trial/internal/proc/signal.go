package proc

import (
	"context"
	"os/signal"
	"syscall"
)

// signalled returns a context that ends at SIGTERM. An interrupt of the terminal is left to
// the process that started this one.
func signalled() (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGINT)
	return signal.NotifyContext(context.Background(), syscall.SIGTERM)
}
