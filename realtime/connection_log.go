package realtime

import (
	"context"
	"log/slog"
)

// sessionHandler adds to each record of a session what joins them: a number that the
// client counts, which every record has from the first dial on, and the id that the
// server gave the session, once it has. It serves [slog.Logger.Log] alone, so that
// WithAttrs and WithGroup are those of the handler below.
type sessionHandler struct {
	slog.Handler

	number uint64
	id     func() string
}

// Handle adds the attributes and passes the record on.
func (h *sessionHandler) Handle(ctx context.Context, r slog.Record) error {
	r = r.Clone()
	r.AddAttrs(slog.Uint64("connection", h.number))
	if id := h.id(); id != "" {
		r.AddAttrs(slog.String("session", id))
	}
	return h.Handler.Handle(ctx, r) //nolint:wrapcheck // It is a wrapper.
}

// sessionLog returns the logger of one more session, which has no id yet. Without a
// Config.Logger it is the client's own, so that a session costs no more.
func (s *settings) sessionLog() *slog.Logger {
	h := s.log.Handler()
	if h == slog.DiscardHandler {
		return s.log
	}
	return slog.New(&sessionHandler{Handler: h, number: s.sessions.Add(1), id: func() string { return "" }})
}

// named returns the logger with the id of a session, if the owner knows one.
func named(log *slog.Logger, owner any) *slog.Logger {
	h, ok := log.Handler().(*sessionHandler) //nolint:forbidigo // It looks at the logger that the user gave.
	n, knows := owner.(interface{ sessionID() string })
	if !ok || !knows {
		return log
	}
	return slog.New(&sessionHandler{Handler: h.Handler, number: h.number, id: n.sessionID})
}
