package testserver

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/realtimetest"
)

// lineWriter serializes writes, so that lines of different goroutines do not mix.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer // guarded by mu
}

func (w *lineWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(line)
}

// logFrames returns an observer that writes a line for each frame: session id, time
// since its start, direction, event type and details.
func logFrames(w io.Writer) func(*realtimetest.Conn, realtimetest.Entry) {
	return func(c *realtimetest.Conn, e realtimetest.Entry) {
		arrow := "<-"
		if e.Direction == realtimetest.Sent {
			arrow = "->"
		}
		name := e.Type
		if name == "" {
			name = "(no event)"
		}
		fmt.Fprintf(w, "%s %9s %s %s%s\n", c.ID(), e.At.Round(time.Millisecond), arrow, name, detail(e))
	}
}

// detail returns what distinguishes an event from others of its type. Of audio it
// returns only the length.
func detail(e realtimetest.Entry) string {
	var f struct {
		Audio string `json:"audio"`
		Delta string `json:"delta"`
		Error *struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Param   string `json:"param"`
		} `json:"error"`
		Item *struct {
			ID   string `json:"id"`
			Type string `json:"type"`
			Name string `json:"name"`
		} `json:"item"`
		ItemID   string `json:"item_id"`
		Response *struct {
			ID     string `json:"id"`
			Status string `json:"status"`
		} `json:"response"`
		Transcript string `json:"transcript"`
		Arguments  string `json:"arguments"`
		Text       string `json:"text"`
	}
	if json.Unmarshal(e.Data, &f) != nil {
		return fmt.Sprintf(" %d bytes", len(e.Data))
	}
	const bytesPerChar, charsPerGroup = 3, 4 // Of base64.
	switch {
	case f.Error != nil:
		return fmt.Sprintf(" %s %s %q", f.Error.Code, f.Error.Param, f.Error.Message)
	case f.Audio != "":
		return fmt.Sprintf(" %d bytes of audio", len(f.Audio)*bytesPerChar/charsPerGroup)
	case e.Type == "response.output_audio.delta" || e.Type == "session.output_audio.delta":
		return fmt.Sprintf(" %d bytes of audio", len(f.Delta)*bytesPerChar/charsPerGroup)
	case f.Delta != "":
		return fmt.Sprintf(" %q", f.Delta)
	case f.Transcript != "":
		return fmt.Sprintf(" %q", f.Transcript)
	case f.Text != "":
		return fmt.Sprintf(" %q", f.Text)
	case f.Item != nil:
		return spaced(f.Item.ID, f.Item.Type, f.Item.Name)
	case f.Response != nil:
		return spaced(f.Response.ID, f.Response.Status)
	}
	return spaced(f.ItemID, f.Arguments)
}

// spaced returns the texts that are not empty, each after a space.
func spaced(texts ...string) string {
	var out strings.Builder
	for _, t := range texts {
		if t != "" {
			out.WriteString(" " + t)
		}
	}
	return out.String()
}

// logRequests writes a line for each REST request and its status.
func logRequests(next http.Handler, w io.Writer) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" { // logFrames logs the session.
			next.ServeHTTP(rw, r)
			return
		}
		seen := &statusWriter{ResponseWriter: rw, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		fmt.Fprintf(w, "%s %q: %d\n", r.Method, r.URL.Path, seen.status)
	})
}

// statusWriter records the status of a response.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
