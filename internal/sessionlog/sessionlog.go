// Package sessionlog joins the log records of one session.
package sessionlog

import (
	"context"
	"log/slog"
)

// handler adds to each record of a session what joins them: a number that the client
// counts, which every record has from the first dial on, and the id that the server
// gave the session, once it has. It serves [slog.Logger.Log] alone, so that WithAttrs
// and WithGroup are those of the handler below.
type handler struct {
	slog.Handler

	number uint64
	id     func() string
}

// Handle adds the attributes and passes the record on.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	r = r.Clone()
	r.AddAttrs(slog.Uint64("connection", h.number))
	if id := h.id(); id != "" {
		r.AddAttrs(slog.String("session", id))
	}
	return h.Handler.Handle(ctx, r) //nolint:wrapcheck // It is a wrapper.
}

// Numbered returns a logger of one more session, which has no id yet. Next returns its
// number. A logger that discards is returned as it is, so that a session costs no more.
func Numbered(logger *slog.Logger, next func() uint64) *slog.Logger {
	h := logger.Handler()
	if h == slog.DiscardHandler {
		return logger
	}
	return slog.New(&handler{Handler: h, number: next(), id: func() string { return "" }})
}

// Named returns a logger of Numbered with the session's id, which may be "".
func Named(logger *slog.Logger, id func() string) *slog.Logger {
	h, ok := logger.Handler().(*handler)
	if !ok {
		return logger
	}
	return slog.New(&handler{Handler: h.Handler, number: h.number, id: id})
}
