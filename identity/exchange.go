package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/text"
)

const (
	exchangeTimeout = 30 * time.Second
	maxAnswer       = 1 << 20
)

// ExchangeError is returned when a token service refuses. It holds no token.
type ExchangeError struct {
	// Status is the HTTP status.
	Status int
	// Code and Message are the service's, as far as it sent them.
	Code, Message string
}

func (e *ExchangeError) Error() string {
	s := "realtime: the token service refused: status " + strconv.Itoa(e.Status)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// exchange is one request to a token service.
type exchange struct {
	client      *http.Client
	url         string
	contentType string
	body        []byte
	assertion   string // the secret in the body
}

// do sends the request, and follows no redirect.
func (x *exchange) do(ctx context.Context) (token string, expires time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	secrets := text.NewSecrets(text.Secret{Text: x.assertion, Key: true})
	begin := time.Now()
	status, body, err := x.send(ctx)
	if err != nil {
		if cause := ctxerr.Of(ctx); cause != nil {
			err = cause
		}
		return "", time.Time{}, fmt.Errorf("realtime: the token service: %w", secrets.Error(err))
	}
	var answer struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
		Error       string      `json:"error"`
		Description string      `json:"error_description"`
	}
	malformed := json.Unmarshal(body, &answer)
	if status != http.StatusOK {
		return "", time.Time{}, &ExchangeError{Status: status, Code: text.Short(answer.Error, secrets), Message: text.Short(answer.Description, secrets)}
	}
	if malformed != nil || answer.AccessToken == "" {
		return "", time.Time{}, ErrNoToken
	}
	life, err := answer.ExpiresIn.Float64()
	if err != nil {
		life = time.Hour.Seconds() // What both services issue when they do not say.
	}
	return answer.AccessToken, begin.Add(time.Duration(life * float64(time.Second))), nil
}

func (x *exchange) send(ctx context.Context) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url, bytes.NewReader(x.body))
	if err != nil {
		return 0, nil, withoutURL(err)
	}
	req.Header.Set("Content-Type", x.contentType)
	req.Header.Set("Accept", "application/json")
	client := http.Client{}
	if x.client != nil {
		client = *x.client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, withoutURL(err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return res.StatusCode, body, err
}

func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// checkService returns an error for an address that would get the assertion in the
// clear.
func checkService(raw, from string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return fmt.Errorf("realtime: %s is not an absolute URL without a user", from)
	}
	ip := net.ParseIP(u.Hostname())
	loopback := strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
	if u.Scheme == "https" || u.Scheme == "http" && loopback {
		return nil
	}
	return fmt.Errorf("realtime: %s must be https, or http to a loopback host", from)
}
