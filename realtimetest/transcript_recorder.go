package realtimetest

import (
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
	"github.com/voicelane/realtime-go/realtimetest/internal/proxy"
)

// Recorder is a proxy between a client and a Realtime service that keeps a
// transcript of each connection. Set the client's base URL to URL. The client's
// credentials are forwarded and not kept. REST requests are not forwarded. All
// methods may be called from any goroutine.
type Recorder struct {
	// URL is the base URL for a client, with the path /v1 at its end.
	URL string

	proxy *proxy.Proxy // Set once by NewRecorder.

	mu          sync.Mutex
	transcripts []*Transcript // Guarded by mu.
}

// NewRecorder returns a recorder for the service at a base URL, such as
// "https://api.openai.com/v1". A nil dialer is the default one. The caller closes
// the recorder.
func NewRecorder(baseURL string, dialer *websocket.Dialer) *Recorder {
	if dialer == nil {
		dialer = websocket.DefaultDialer
	}
	r := &Recorder{}
	r.proxy = proxy.New(baseURL, dialer, r.record)
	r.URL = r.proxy.URL() + "/v1"
	return r
}

// record returns what takes the transcript of a connection.
func (r *Recorder) record(query url.Values) proxy.Watcher {
	t := &Transcript{Query: sessionQuery(query)}
	began := time.Now()
	return proxy.Watcher{
		Frame: func(fromClient bool, data []byte) {
			e := Entry{At: time.Since(began), Direction: Sent, Type: typeOf(data), Data: golden.Redact(data)}
			if fromClient {
				e.Direction = Received
			}
			t.Entries = append(t.Entries, e)
		},
		Ended: func(code int, reason string) {
			t.Code, t.Reason = code, reason
			r.mu.Lock()
			defer r.mu.Unlock()
			r.transcripts = append(r.transcripts, t)
		},
	}
}

// Transcripts returns the transcripts of the connections that have ended, in the
// order of their ends.
func (r *Recorder) Transcripts() []*Transcript {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.transcripts)
}

// Close ends all connections and waits for their goroutines.
func (r *Recorder) Close() { r.proxy.Close() }
