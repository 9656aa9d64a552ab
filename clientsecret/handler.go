package clientsecret

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// maxBody bounds the request's body, which only Config.SessionFor reads.
const maxBody = 4 << 10

// Handler gives client secrets to the pages of authorized users. It is an [http.Handler];
// see the package comment for request and response. It may be used by any number of
// requests at the same time.
type Handler struct {
	cfg     Config
	origins *origins
	limiter *limiter
	pending chan struct{} // holds a token for each request that waits for the API
}

// New returns a handler. The error names the field of Config that is missing or wrong;
// bounds are those of the API.
func New(cfg *Config) (*Handler, error) {
	var c Config
	if cfg != nil {
		c = *cfg
	}
	if err := c.complete(); err != nil {
		return nil, err
	}
	o, err := newOrigins(c.Origins)
	if err != nil {
		return nil, err
	}
	return &Handler{
		cfg: c, origins: o, limiter: newLimiter(c.Burst, c.Every), pending: make(chan struct{}, c.MaxPending),
	}, nil
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	listed := h.origins.allow(w, r)
	if listed && r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		header.Del("Content-Type")
		preflight(w, r)
		return
	}
	h.bound(w, r)
	ctx, cancel := context.WithTimeout(r.Context(), h.cfg.Timeout)
	defer cancel()
	user, secret, err := h.grant(r.WithContext(ctx))
	if err != nil {
		h.refuse(w, r, user, err)
		return
	}
	h.cfg.Logger.InfoContext(ctx, "client secret created", "user", user, "expires", secret.ExpiresAt, "model", secret.Session.Model)
	body, err := json.Marshal(secret)
	if err != nil {
		h.refuse(w, r, user, err)
		return
	}
	_, _ = w.Write(body) // The page has gone if that fails.
}

// bound bounds what a request costs whose body is large or slow: unread bodies are not
// waited for, and neither reading nor writing outlasts the timeout.
func (h *Handler) bound(w http.ResponseWriter, r *http.Request) {
	end := time.Now().Add(h.cfg.Timeout)
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(end) // A writer without deadlines leaves that to its server.
	_ = control.SetWriteDeadline(end.Add(time.Second))
	if r.ContentLength != 0 {
		if r.ProtoMajor == 1 {
			w.Header().Set("Connection", "close")
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	}
}

// response is what the page gets.
type response struct {
	Value     string  `json:"value"`
	ExpiresAt int64   `json:"expires_at"`
	Session   started `json:"session"`
}

// started is what the page may know of the session.
type started struct {
	Type  string `json:"type"`
	Model string `json:"model,omitempty"`
}

// grant decides on a request and creates the secret.
func (h *Handler) grant(r *http.Request) (user string, _ *response, _ error) {
	if r.Method != http.MethodPost {
		return "", nil, &Error{Status: http.StatusMethodNotAllowed, Code: CodeMethod, Message: "Only POST is allowed here."}
	}
	if err := h.origins.check.Check(r); err != nil {
		return "", nil, because(err, &Error{Status: http.StatusForbidden, Code: CodeOrigin, Message: "Pages of this origin are not allowed here."})
	}
	if r.ContentLength > maxBody {
		return "", nil, &Error{Status: http.StatusRequestEntityTooLarge, Code: CodeTooLarge, Message: "The request is too large."}
	}
	user, err := h.cfg.Authorize(r)
	if err != nil {
		return user, nil, because(err, &Error{Status: http.StatusUnauthorized, Code: CodeUnauthorized, Message: "Sign in first."})
	}
	session := h.cfg.Session
	if h.cfg.SessionFor != nil {
		if session, err = h.sessionFor(r, user); err != nil {
			return user, nil, err
		}
	}
	select {
	case h.pending <- struct{}{}:
		defer func() { <-h.pending }()
	default:
		return user, nil, busy(time.Second)
	}
	// After the place among the pending requests: a request that is refused as busy does not
	// count against its user.
	if wait := h.limiter.take(user, time.Now()); wait > 0 {
		return user, nil, limited(wait)
	}
	secret, err := h.create(r.Context(), user, session)
	return user, secret, err
}

func (h *Handler) sessionFor(r *http.Request, user string) (api.SessionConfig, error) {
	session, err := h.cfg.SessionFor(r, user)
	switch _, large := errors.AsType[*http.MaxBytesError](err); {
	case large:
		return nil, because(err, &Error{Status: http.StatusRequestEntityTooLarge, Code: CodeTooLarge, Message: "The request is too large."})
	case err != nil:
		return nil, because(err, &Error{Status: http.StatusForbidden, Code: CodeForbidden, Message: "You may not start this conversation."})
	}
	if err := check(session); err != nil {
		return nil, because(err, misconfigured())
	}
	return session, nil
}

// create requests the secret from the API.
func (h *Handler) create(ctx context.Context, user string, session api.SessionConfig) (*response, error) {
	o := &realtime.RequestOptions{}
	if h.cfg.SafetyIdentifier != nil {
		if id := h.cfg.SafetyIdentifier(user); id != "" {
			o.Header = http.Header{"Openai-Safety-Identifier": {id}}
		}
	}
	if h.cfg.Translation != nil {
		secret, err := h.cfg.Client.CreateTranslationClientSecret(ctx, &api.TranslationClientSecretRequest{
			Session: *h.cfg.Translation, ExpiresAfter: h.cfg.expiry(),
		}, o)
		if err != nil {
			return nil, ofAPI(err)
		}
		return answer(secret.Value(), secret.Expires(), started{"translation", secret.Session.Model})
	}
	secret, err := h.cfg.Client.CreateClientSecret(ctx, &api.ClientSecretRequest{
		Session: session, ExpiresAfter: h.cfg.expiry(),
	}, o)
	if err != nil {
		return nil, ofAPI(err)
	}
	s := started{Type: "transcription"}
	if config, ok := session.(*api.RealtimeSessionConfig); ok {
		s = started{"realtime", string(*config.Model)}
	}
	return answer(secret.Value(), secret.Expires(), s)
}

// answer returns the response with a secret of the API. It is an error if a page cannot or
// must not have that secret; the error does not hold it.
func answer(value string, expires time.Time, s started) (*response, error) {
	switch {
	case strings.HasPrefix(value, "sk-"):
		return nil, because(errors.New("the service answered with an API key (sk-…) in place of a client secret: is Config.Client's BaseURL that of a gateway?"), misconfigured())
	case expires.Unix() <= 0:
		return nil, because(errors.New("the service answered with a client secret without expires_at"), misconfigured())
	}
	return &response{value, expires.Unix(), s}, nil
}

// refuse writes an error and logs its cause, unless the page has left. A deadline that a
// middleware has set is no such case: the page still waits.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, user string, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = misconfigured()
	}
	level := slog.LevelWarn
	if e.Code == CodeMisconfigured || e.Code == CodeUnavailable {
		level = slog.LevelError
	}
	h.cfg.Logger.Log(r.Context(), level, "no client secret", "user", user, "code", e.Code, "error", err)
	if e.Status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	e.write(w)
}
