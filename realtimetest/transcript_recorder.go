package realtimetest

import (
	"bytes"
	"net/http/httptest"
	"strings"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/realtimetest/internal/shelf"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/proxy"
)

// Recorder is a proxy between a client and a Realtime service that keeps a transcript of
// each connection, 256 MiB of them at most: the oldest are removed first. Set the client's
// base URL to URL. The client's credentials are forwarded and not kept. All methods may be
// called from any goroutine. For long recordings use package recording/proxy, which writes
// files.
type Recorder struct {
	// URL is the base URL for a client, with the path /v1 at its end.
	URL string

	// Set once by NewRecorder.
	proxy  *proxy.Proxy
	server *httptest.Server
	shelf  *shelf.Shelf
}

// NewRecorder returns a recorder for the service at a base URL, such as
// "https://api.openai.com/v1". A nil dialer is the default one. The caller closes
// the recorder. Like [NewServer] it panics if there is no port, or baseURL is none.
func NewRecorder(baseURL string, dialer *websocket.Dialer) *Recorder {
	r := &Recorder{shelf: shelf.New(defaultLogBytes)}
	var err error
	r.proxy, err = proxy.New(&proxy.Options{
		Upstream: strings.TrimSuffix(strings.TrimSuffix(baseURL, "/"), "/v1"), Dialer: dialer, Open: r.shelf.Open,
		Recording: &recording.Options{Keep: []recording.Keep{recording.KeepFrames}},
	})
	if err != nil {
		panic("realtimetest: " + err.Error()) //nolint:forbidigo // As NewServer does: a test cannot go on.
	}
	r.server = httptest.NewServer(r.proxy)
	r.URL = r.server.URL + "/v1"
	return r
}

// Transcripts returns the transcripts of the connections that have ended, in the
// order of their ends.
func (r *Recorder) Transcripts() []*Transcript {
	var all []*Transcript
	for _, data := range r.shelf.Whole() {
		if t, err := ReadTranscript(bytes.NewReader(data)); err == nil { // It is of our own making.
			all = append(all, t)
		}
	}
	return all
}

// Close ends all connections and waits for their goroutines.
func (r *Recorder) Close() {
	r.proxy.Close()
	r.server.Close()
}
