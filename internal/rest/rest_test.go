package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/internal/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// transport is an http.RoundTripper without a network. It does not call the trace, so a
// failed request counts as sent.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func newClient(f transport) *rest.Client {
	return rest.New(rest.Client{HTTP: &http.Client{Transport: f}, MaxBody: 100})
}

func post(ctx context.Context, t *testing.T, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://host/path?secret=hidden", body)
	require.NoError(t, err)
	return req
}

func status(code int, body string) *http.Response {
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestBodyIsSentWithEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		c := newClient(func(r *http.Request) (*http.Response, error) {
			data, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			got = append(got, string(data))
			assert.EqualValues(t, 5, r.ContentLength)
			return status(429, ""), nil
		})
		// A body of an unknown reader type must be buffered to be sent twice.
		res, err := c.Do(post(t.Context(), t, io.MultiReader(strings.NewReader("hello"))), rest.Policy{Retries: 2})
		require.NoError(t, err)
		assert.Equal(t, 429, res.Status)
		assert.Equal(t, 3, res.Attempts)
		assert.Equal(t, []string{"hello", "hello", "hello"}, got)
	})
}

func TestBodyIsBounded(t *testing.T) {
	t.Parallel()
	c := newClient(func(*http.Request) (*http.Response, error) { return status(200, strings.Repeat("x", 101)), nil })
	_, err := c.Do(post(t.Context(), t, io.MultiReader(strings.NewReader(strings.Repeat("y", 101)))), rest.Policy{})
	require.ErrorContains(t, err, "larger than 100 bytes")
	res, err := c.Do(post(t.Context(), t, nil), rest.Policy{})
	require.NoError(t, err)
	assert.True(t, res.Cut)
	assert.Len(t, res.Body, 100)
}

func TestAmbiguityIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		answers := []any{broken, 500, 404}
		c := newClient(func(*http.Request) (*http.Response, error) {
			next := answers[0]
			answers = answers[1:]
			if code, ok := next.(int); ok {
				return status(code, ""), nil
			}
			return nil, broken
		})
		res, err := c.Do(post(t.Context(), t, nil), rest.Policy{Retries: 5, Repeat: true})
		require.NoError(t, err)
		assert.Equal(t, 404, res.Status)
		assert.True(t, res.Ambiguous)

		answers = []any{429, 404}
		res, err = c.Do(post(t.Context(), t, nil), rest.Policy{Retries: 5, Repeat: true})
		require.NoError(t, err)
		assert.False(t, res.Ambiguous)

		answers = []any{broken}
		_, err = c.Do(post(t.Context(), t, nil), rest.Policy{Retries: 5})
		require.ErrorIs(t, err, broken)
		e, ok := errors.AsType[*rest.Error](err)
		require.True(t, ok)
		assert.True(t, e.Ambiguous)
		assert.Equal(t, 1, e.Attempts)
		assert.NotContains(t, err.Error(), "hidden", "an error must not contain the URL")
		_, ok = errors.AsType[*url.Error](err)
		assert.False(t, ok)
	})
}

func TestRetriesAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		c := rest.New(rest.Client{
			HTTP:    &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { return status(503, ""), nil })},
			MaxBody: 1,
			Retrying: func(_ *http.Request, why error, wait time.Duration) {
				assert.EqualError(t, why, "status 503")
				waits = append(waits, wait)
			},
		})
		begin := time.Now()
		_, err := c.Do(post(t.Context(), t, nil), rest.Policy{Retries: 4, Repeat: true})
		require.NoError(t, err)
		require.Len(t, waits, 4)
		sum := time.Duration(0)
		for i, wait := range waits {
			middle := 500 * time.Millisecond << i
			assert.InDelta(t, middle.Seconds(), wait.Seconds(), middle.Seconds()/2)
			sum += wait
		}
		assert.Equal(t, sum, time.Since(begin))
	})
}

func TestRepeatable(t *testing.T) {
	t.Parallel()
	req := post(t.Context(), t, nil)
	assert.False(t, rest.Repeatable(req))
	assert.True(t, rest.Repeatable(post(rest.MayRepeat(t.Context()), t, nil)))
	req.Header.Set("Idempotency-Key", "k")
	assert.True(t, rest.Repeatable(req))
	req = post(t.Context(), t, nil)
	req.Method = http.MethodGet
	assert.True(t, rest.Repeatable(req))
}
