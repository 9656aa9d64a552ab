package testserver

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// control lets tests place incoming calls and be their callers:
//
//	POST /control/calls                 {"url": WEBHOOK, "secret": …, "from": …, "to": …}
//	GET  /control/calls/{id}            what became of the call
//	POST /control/calls/{id}/say        {"tone": "1s"}, or a WAV file
//	POST /control/calls/{id}/press      {"keys": "1#"}
//	POST /control/calls/{id}/hang_up
//	GET  /control/calls/{id}/heard      a WAV file
type control struct {
	srv *realtimetest.Server
	key string // that requests need; empty is none
}

// maxBody bounds the body of a request: ten minutes of sound.
const maxBody = 64 << 20

// handle returns a handler of the control's requests, and of others by next.
func (c *control) handle(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /control/calls", c.answer(c.ring))
	mux.HandleFunc("GET /control/calls/{id}", c.answer(c.ofCall(c.state)))
	mux.HandleFunc("POST /control/calls/{id}/say", c.answer(c.ofCall(c.say)))
	mux.HandleFunc("POST /control/calls/{id}/press", c.answer(c.ofCall(c.press)))
	mux.HandleFunc("POST /control/calls/{id}/hang_up", c.answer(c.ofCall(c.hangUp)))
	mux.HandleFunc("GET /control/calls/{id}/heard", c.answer(c.ofCall(c.heard)))
	mux.Handle("/", next)
	return mux
}

// statusError is an error with the status of its response.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }

func (e *statusError) Unwrap() error { return e.err }

func failed(status int, format string, args ...any) error {
	return &statusError{status, fmt.Errorf(format, args...)}
}

// answer returns a handler that checks the key and writes what f returns as JSON, an error
// as {"error": TEXT}. A nil value is an empty object, []byte a WAV file.
func (c *control) answer(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		status := http.StatusOK
		var value any
		var err error
		if given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); c.key != "" && subtle.ConstantTimeCompare([]byte(given), []byte(c.key)) == 0 {
			err = failed(http.StatusUnauthorized, "the key differs from the server's -key")
		} else {
			value, err = f(r)
		}
		if err != nil {
			status, value = http.StatusBadRequest, map[string]string{"error": err.Error()}
			if e, ok := errors.AsType[*statusError](err); ok {
				status = e.status
			}
		}
		if sound, ok := value.([]byte); ok {
			w.Header().Set("Content-Type", "audio/wav")
			_, _ = w.Write(sound) // A client that has left needs none.
			return
		}
		if value == nil {
			value = struct{}{}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(value)
	}
}

// decode reads a JSON object. Unknown members are errors.
func decode(r *http.Request, to any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return failed(http.StatusBadRequest, "the body: %w", err)
	}
	return nil
}

// ring places an incoming call. It returns once the webhook is answered.
func (c *control) ring(r *http.Request) (any, error) {
	var call struct {
		URL        string          `json:"url"`
		Secret     string          `json:"secret"`
		From       string          `json:"from"`
		To         string          `json:"to"`
		Headers    []api.SIPHeader `json:"headers"`
		Deliveries int             `json:"deliveries"`
		NotFound   int             `json:"not_found"`
	}
	if err := decode(r, &call); err != nil {
		return nil, err
	}
	if call.URL == "" {
		return nil, failed(http.StatusBadRequest, "a call needs the url of a webhook")
	}
	phone, err := c.srv.Ring(r.Context(), &realtimetest.Ringing{
		URL: call.URL, Secret: call.Secret, From: call.From, To: call.To, Headers: call.Headers,
		Deliveries: call.Deliveries, NotFound: call.NotFound,
	})
	if err != nil {
		return nil, failed(http.StatusBadGateway, "%w", err)
	}
	return map[string]string{"id": phone.ID()}, nil
}

// ofCall returns f for the call that the path of a request names.
func (c *control) ofCall(f func(*http.Request, *realtimetest.PhoneCall) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		call := c.srv.Call(r.PathValue("id"))
		if call == nil {
			return nil, failed(http.StatusNotFound, "there is no such call")
		}
		return f(r, call)
	}
}

// callState is what became of a call.
type callState struct {
	ID        string    `json:"id"`
	Accepted  bool      `json:"accepted"`
	Sidebands int       `json:"sidebands"`
	Ended     *endState `json:"ended"`
}

type endState struct {
	By     string `json:"by"`
	Code   int    `json:"code,omitempty"`
	Target string `json:"target,omitempty"`
}

func (c *control) state(_ *http.Request, call *realtimetest.PhoneCall) (any, error) {
	s := callState{ID: call.ID(), Accepted: call.Session() != nil, Sidebands: len(call.Sidebands())}
	now, cancel := context.WithCancel(context.Background())
	cancel()
	if end, err := call.Ended(now); err == nil {
		s.Ended = &endState{end.By, end.Code, end.Target}
	}
	return s, nil
}

// say speaks for the caller. It waits until the application listens.
func (c *control) say(r *http.Request, call *realtimetest.PhoneCall) (any, error) {
	var sound []byte
	if kind := r.Header.Get("Content-Type"); strings.HasPrefix(kind, "audio/") {
		wav, err := audio.ReadWAV(r.Body, &audio.WAVOptions{Mix: true})
		if err == nil {
			sound, err = io.ReadAll(audio.Convert(wav, audio.PCM24k))
		}
		if err != nil {
			return nil, failed(http.StatusBadRequest, "the body: %w", err)
		}
	} else {
		var body struct {
			Tone string `json:"tone"`
		}
		if err := decode(r, &body); err != nil {
			return nil, err
		}
		length, err := time.ParseDuration(body.Tone)
		if err != nil || length <= 0 || length > 10*time.Minute {
			return nil, failed(http.StatusBadRequest, `tone: %q is not a duration such as "1.5s", of 10m at most`, body.Tone)
		}
		sound = realtimetest.Tone(length)
	}
	return nil, ended(call.Say(r.Context(), sound))
}

func (c *control) press(r *http.Request, call *realtimetest.PhoneCall) (any, error) {
	var body struct {
		Keys string `json:"keys"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if body.Keys == "" || strings.Trim(body.Keys, "0123456789*#ABCD") != "" {
		return nil, failed(http.StatusBadRequest, "keys are 0 to 9, *, # and A to D, this is %q", body.Keys)
	}
	return nil, ended(call.Press(r.Context(), body.Keys))
}

func ended(err error) error {
	if errors.Is(err, realtimetest.ErrEnded) {
		return failed(http.StatusConflict, "%w", err)
	}
	return err
}

func (c *control) hangUp(_ *http.Request, call *realtimetest.PhoneCall) (any, error) {
	call.HangUp()
	return nil, nil
}

func (c *control) heard(_ *http.Request, call *realtimetest.PhoneCall) (any, error) {
	var b strings.Builder
	w := audio.NewWAVWriter(&b, audio.PCM24k, 1)
	_, err := w.Write(call.Heard())
	return []byte(b.String()), errors.Join(err, w.Close())
}
