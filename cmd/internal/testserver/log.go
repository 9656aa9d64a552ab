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

// frameLog writes a line for each frame: session id, time since its start, direction,
// event type and details. Audio comes many times a second: of a run of events of one type
// the first has a line, and the others have one together once another event comes.
type frameLog struct {
	w io.Writer

	mu      sync.Mutex
	runs    map[string]*[2]audioRun // guarded by mu; by session, received and sent
	waiting sync.WaitGroup          // for the ends of sessions with a run
}

// audioRun is audio of one direction since the line of its first event. The zero value is
// no run.
type audioRun struct {
	last   realtimetest.Entry // of the run; Type is empty if there is none
	events int                // after the first
	bytes  int
}

func (l *frameLog) observe(c *realtimetest.Conn, e realtimetest.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, isAudio := audioBytes(e)
	runs := l.runs[c.ID()]
	if !isAudio {
		l.flush(c, runs)
		l.line(c, e, detail(e))
		return
	}
	if runs == nil {
		runs = new([2]audioRun)
		if l.runs == nil {
			l.runs = map[string]*[2]audioRun{}
		}
		l.runs[c.ID()] = runs
		l.waiting.Go(func() { <-c.Done(); l.end(c) })
	}
	run := &runs[0]
	if e.Direction == realtimetest.Sent {
		run = &runs[1]
	}
	if run.last.Type == "" {
		l.line(c, e, detail(e))
	} else {
		run.events++
		run.bytes += n
	}
	run.last = e
}

// end writes what is left of a session that has ended.
func (l *frameLog) end(c *realtimetest.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush(c, l.runs[c.ID()])
	delete(l.runs, c.ID())
}

// flush ends the runs of a session. l.mu is held.
func (l *frameLog) flush(c *realtimetest.Conn, runs *[2]audioRun) {
	if runs == nil {
		return
	}
	for i := range runs {
		if run := &runs[i]; run.events > 0 {
			l.line(c, run.last, fmt.Sprintf(" %d more, %d bytes of audio", run.events, run.bytes))
		}
		runs[i] = audioRun{}
	}
}

func (l *frameLog) line(c *realtimetest.Conn, e realtimetest.Entry, detail string) {
	arrow := "<-"
	if e.Direction == realtimetest.Sent {
		arrow = "->"
	}
	name := e.Type
	if name == "" {
		name = "(no event)"
	}
	fmt.Fprintf(l.w, "%s %9s %s %s%s\n", c.ID(), e.At.Round(time.Millisecond), arrow, name, detail)
}

// audioBytes returns the length of an event's audio, and whether the event brings audio.
func audioBytes(e realtimetest.Entry) (int, bool) {
	var f struct{ Audio, Delta string }
	const bytesPerChar, charsPerGroup = 3, 4 // Of base64.
	switch e.Type {
	case "input_audio_buffer.append", "session.input_audio_buffer.append", "response.output_audio.delta", "session.output_audio.delta":
		if json.Unmarshal(e.Data, &f) != nil {
			return 0, false
		}
		return (len(f.Audio) + len(f.Delta)) * bytesPerChar / charsPerGroup, true
	}
	return 0, false
}

// detail returns what distinguishes an event from others of its type. Of audio it
// returns only the length.
func detail(e realtimetest.Entry) string {
	if n, ok := audioBytes(e); ok {
		return fmt.Sprintf(" %d bytes of audio", n)
	}
	var f struct {
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
	switch {
	case f.Error != nil:
		return fmt.Sprintf(" %s %s %q", f.Error.Code, f.Error.Param, f.Error.Message)
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
		if r.Header.Get("Upgrade") != "" { // frameLog logs the session.
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
