package vendor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/gen/api"
)

// The pauses between two deliveries of a webhook that is not taken. The service waits for
// longer.
const (
	firstPause = 250 * time.Millisecond
	mostPause  = 2 * time.Second
	deliveries = 100
)

// repeated is the share of webhooks, in per cent, that are delivered again although they
// were taken.
const repeated = 5

// Fronts deliver webhooks to the processes that take them, as a load balancer does: one
// after another. It is the transport of [realtimetest.Ringing.Client]. Its methods may be
// called from any goroutine.
type Fronts struct {
	vendor    *Vendor
	transport *http.Transport
	stop      context.CancelFunc
	life      context.Context //nolint:containedctx // Of repeated deliveries, which outlive requests.
	repeats   sync.WaitGroup

	mu    sync.Mutex
	hosts []string       // guarded by mu
	next  int            // guarded by mu
	tries map[string]int // guarded by mu; failed deliveries by webhook id
}

var errNoFront = errors.New("no front is up")

func newFronts(v *Vendor) *Fronts {
	f := &Fronts{vendor: v, transport: &http.Transport{MaxIdleConnsPerHost: 64}, tries: map[string]int{}}
	f.life, f.stop = context.WithCancel(context.Background())
	return f
}

func (f *Fronts) close() {
	f.stop()
	f.repeats.Wait()
	f.transport.CloseIdleConnections()
}

// Add adds a front: host and port.
func (f *Fronts) Add(host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hosts = append(f.hosts, host)
}

// Remove removes a front.
func (f *Fronts) Remove(host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hosts = slices.DeleteFunc(f.hosts, func(other string) bool { return other == host })
}

// RoundTrip delivers a webhook once. A delivery after a failed one is preceded by a pause.
func (f *Fronts) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return nil, err
	}
	var incoming api.RealtimeCallIncoming
	if err := json.Unmarshal(body, &incoming); err != nil {
		return nil, err
	}
	call, id := f.vendor.Books.Call(incoming.Data.CallID), r.Header.Get("Webhook-Id")
	if err := f.pause(r.Context(), id); err != nil {
		return nil, err
	}
	res, err := f.deliver(r.Context(), call, r.Header, body)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if res.StatusCode/100 != 2 {
		f.tries[id]++
		return res, nil
	}
	delete(f.tries, id)
	if rand.IntN(100) < repeated { //nolint:gosec // Any.
		header := r.Header.Clone()
		f.repeats.Go(func() { f.repeat(call, header, body) })
	}
	return res, nil
}

// pause waits before a delivery that is not the first.
func (f *Fronts) pause(ctx context.Context, id string) error {
	f.mu.Lock()
	tries := f.tries[id]
	f.mu.Unlock()
	if tries == 0 {
		return nil
	}
	return wait(ctx, min(firstPause<<min(tries-1, 10), mostPause))
}

// deliver posts a webhook to the next front. An error is a failed try.
func (f *Fronts) deliver(ctx context.Context, call *books.Call, header http.Header, body []byte) (*http.Response, error) {
	f.mu.Lock()
	host := ""
	if len(f.hosts) > 0 {
		host = f.hosts[f.next%len(f.hosts)]
		f.next++
	}
	f.mu.Unlock()
	call.Add(books.Deliver, host, "")
	res, err := (*http.Response)(nil), errNoFront
	if host != "" {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		req := (&http.Request{
			Method: http.MethodPost, URL: &url.URL{Scheme: "http", Host: host, Path: "/webhook"},
			Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		}).WithContext(ctx)
		if res, err = f.transport.RoundTrip(req); err == nil {
			answer, _ := io.ReadAll(res.Body) // The context ends before the caller could read it.
			_ = res.Body.Close()
			res.Body = io.NopCloser(bytes.NewReader(answer))
		}
	}
	switch {
	case err != nil:
		call.Add(books.Refused, host, err.Error())
		f.mu.Lock()
		f.tries[header.Get("Webhook-Id")]++
		f.mu.Unlock()
	case res.StatusCode/100 != 2:
		call.Add(books.Refused, host, strconv.Itoa(res.StatusCode))
	default:
		call.Add(books.Stored, host, "")
	}
	return res, err
}

// repeat delivers a webhook again that was taken, as the service does now and then.
func (f *Fronts) repeat(call *books.Call, header http.Header, body []byte) {
	if wait(f.life, time.Duration(rand.IntN(3000))*time.Millisecond) != nil { //nolint:gosec // Any.
		return
	}
	if res, err := f.deliver(f.life, call, header, body); err == nil { //nolint:bodyclose // discard closes it.
		discard(res.Body)
	}
}

// wait waits for d or the end of ctx.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
