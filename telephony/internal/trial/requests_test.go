package trial

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
)

// credentials are the headers in which carriers prove themselves.
var credentials = []string{
	"Authorization", "X-Twilio-Signature", "X-SignalWire-Signature", "X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce",
	"Telnyx-Signature-Ed25519", "Telnyx-Timestamp",
}

// handlers returns the handler of each carrier that has one, by name.
func handlers(t *testing.T) map[string]http.Handler {
	t.Helper()
	all := map[string]http.Handler{}
	for _, c := range carriers {
		if c.kind == telephonytest.AudioSocket {
			continue
		}
		far := c.far
		c.open(t, telephony.Options{
			Call: func(context.Context, *telephony.Line) error { t.Error(c.name + ": a call"); return nil },
			Incoming: func(context.Context, *telephony.Incoming) (map[string]string, error) {
				t.Error(c.name + ": admitted")
				return nil, nil
			},
		}, &far)
		all[c.name] = far.Handler
	}
	return all
}

// unproven is a request that no carrier has signed.
func unproven(method, query, credential, kind, body string, stream bool) *http.Request {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(body))
	r.Method, r.URL.RawQuery = method, query
	r.Header.Set("Content-Type", kind)
	for _, name := range credentials {
		r.Header.Set(name, credential)
	}
	if stream {
		r.Method = http.MethodGet
		for name, value := range map[string]string{
			"Upgrade": "websocket", "Connection": "Upgrade", "Sec-Websocket-Version": "13", "Sec-Websocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
		} {
			r.Header.Set(name, value)
		}
	}
	return r
}

// refusals are the statuses of requests that are refused.
var refusals = []int{http.StatusForbidden, http.StatusBadRequest}

// FuzzRequests gives any webhook and any handshake without a signature to all handlers. None
// is admitted and none upgraded: the recorder could not be.
func FuzzRequests(f *testing.F) {
	const form = "application/x-www-form-urlencoded"
	f.Add("POST", "", "", form, "CallSid=CA1&From=%2B1&To=%2B2", false)
	f.Add("POST", "a=1", "AAAA", "application/json", `{"uuid":"u","from":"1","to":"2"}`, false)
	f.Add("GET", "call=u&from=1&to=2&token=AAAA", "Bearer a.b.c", "", "", true)
	f.Add("PUT", "%zz", "Basic dXNlcjpwYXNz", "multipart/form-data; boundary=x", "--x\r\n", false)
	f.Fuzz(func(t *testing.T, method, query, credential, kind, body string, stream bool) {
		for name, h := range handlers(t) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, unproven(method, query, credential, kind, body, stream))
			assert.Contains(t, refusals, w.Code, name)
		}
	})
}

// TestRefusalsAreCheap bounds what a sender costs that cannot prove to be the carrier: a
// webhook with a body without end, and a handshake, which is refused before anything of a
// connection is made.
func TestRefusalsAreCheap(t *testing.T) { //nolint:paralleltest // It counts what is allocated.
	for name, h := range handlers(t) {
		read := &endless{}
		r := unproven(http.MethodPost, "", "AAAA", "application/x-www-form-urlencoded", "", false)
		r.Body = read
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Contains(t, refusals, w.Code, name)
		assert.LessOrEqual(t, read.n, 256<<10, "%s reads a body without end", name)

		r = unproven(http.MethodGet, url.Values{"token": {strings.Repeat("x", 1000)}}.Encode(), "AAAA", "", "", true)
		const runs = 200
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			h.ServeHTTP(&status{header: http.Header{}}, r)
		}
		runtime.ReadMemStats(&after)
		allocated := (after.TotalAlloc - before.TotalAlloc) / runs
		assert.Less(t, allocated, uint64(8<<10), name)
	}
}

// status is a response of which the status is kept. It cannot be upgraded.
type status struct {
	header http.Header
	code   int
}

func (s *status) Header() http.Header         { return s.header }
func (s *status) Write(p []byte) (int, error) { return len(p), nil }
func (s *status) WriteHeader(code int)        { s.code = code }

// endless is a body without end.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	e.n += len(p)
	return len(p), nil
}

func (e *endless) Close() error { return nil }

func TestHandlersOfAllCarriersAreTried(t *testing.T) {
	t.Parallel()
	require.Len(t, handlers(t), len(carriers)-1)
}
