package host

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Request is a request to a carrier's REST API.
type Request struct {
	Method, URL    string
	Form           url.Values // the body, or
	JSON           any
	User, Password string // of basic authentication, or
	Bearer         string
}

// StatusError is an answer of a REST API other than success.
type StatusError struct {
	Carrier string
	Status  int
	Code    string // the carrier's own, if it has one
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("telephony: %s's API answered %d", e.Carrier, e.Status)
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	return text
}

// answerMost bounds what is read of an answer.
const answerMost = 64 << 10

// Request sends a request and waits for its answer. An answer without success is a
// *StatusError.
func (h *Host) Request(ctx context.Context, q *Request) error {
	r, err := q.make(ctx)
	if err != nil {
		return err
	}
	resp, err := h.Client.Do(r)
	if err != nil {
		if cause := ctxerr.Of(ctx); cause != nil {
			return cause
		}
		// The error of the client names the address, which has ids and no secrets.
		return fmt.Errorf("telephony: %s's API: %w", h.Carrier, err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, answerMost)) // Only the status is needed.
	if resp.StatusCode/100 == 2 {
		return nil
	}
	return &StatusError{Carrier: h.Carrier, Status: resp.StatusCode, Code: code(body)}
}

func (q *Request) make(ctx context.Context) (*http.Request, error) {
	var body io.Reader = http.NoBody
	kind := ""
	switch {
	case q.JSON != nil:
		data, err := json.Marshal(q.JSON)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(data), "application/json"
	case q.Form != nil:
		body, kind = strings.NewReader(q.Form.Encode()), "application/x-www-form-urlencoded"
	}
	r, err := http.NewRequestWithContext(ctx, q.Method, q.URL, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	switch {
	case q.Bearer != "":
		r.Header.Set("Authorization", "Bearer "+q.Bearer)
	case q.User != "":
		r.SetBasicAuth(q.User, q.Password)
	}
	return r, nil
}

// code returns the number of the error in an answer: {"code":1} or {"errors":[{"code":"1"}]}.
func code(body []byte) string {
	var answer struct {
		Code   json.RawMessage
		Errors []struct{ Code json.RawMessage }
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	text := answer.Code
	if len(answer.Errors) > 0 {
		text = answer.Errors[0].Code
	}
	digits := strings.Trim(string(text), `"`)
	if len(digits) > 8 || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}
