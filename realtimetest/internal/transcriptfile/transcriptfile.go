// Package transcriptfile is the form of a transcript in a file: a recording of package
// recording with whole messages.
//
// [Write] writes a transcript. [Read] reads one, every other recording, and the form that
// transcripts had before there were recordings.
package transcriptfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/url"
	"time"

	"github.com/voicelane/realtime-go/recording"
)

// By is what the header of a transcript says of its writer.
const By = "realtime-go test server"

// unlimited is more than the largest transcript that is kept in memory.
const unlimited = math.MaxInt

// Write writes a transcript.
func Write(w io.Writer, f *File) (int64, error) {
	var out bytes.Buffer
	rec := recording.NewWriter(&out, &recording.Options{
		Keep: []recording.Keep{recording.KeepFrames}, By: By, Session: sessionOf(f.Query),
		FlushEvery: time.Hour, BufferBytes: unlimited,
	})
	var last recording.Micros
	for _, frame := range f.Frames {
		m := recording.Message{Direction: recording.In, Conn: 1, Data: frame.Data, At: max(recording.MicrosOf(frame.At), 1)}
		if frame.FromClient {
			m.Direction, m.Fate = recording.Out, recording.FateWritten
		}
		last = max(last, m.At)
		rec.Message(m)
	}
	end := &recording.End{Why: "closed"}
	if f.Code != 0 {
		end = &recording.End{Why: fromServer, Code: f.Code}
		rec.AddAt(last, 1, &recording.Lost{Code: f.Code, Reason: f.Reason})
	}
	if err := rec.Close(end); err != nil {
		return 0, err
	}
	return out.WriteTo(w)
}

// sessionOf returns what a query asks for.
func sessionOf(q url.Values) *recording.SessionInfo {
	s := &recording.SessionInfo{Kind: "conversation", Model: q.Get("model"), CallID: q.Get("call_id")}
	switch {
	case q.Get("intent") == transcription:
		s.Kind = transcription
	case s.CallID != "":
		s.Kind = "call"
	}
	return s
}

const transcription = "transcription"

// created returns what the service has made of a query that the header does not have, nil
// if it did not say.
func created(rec *recording.Recording) *recording.SessionInfo {
	for _, l := range rec.Lines {
		f, ok := l.Body.(*recording.Frame)
		if !ok || f.Type != "session.created" {
			continue
		}
		var e struct {
			Session struct{ Type, Model string }
		}
		if json.Unmarshal(f.Event, &e) != nil {
			return nil
		}
		if e.Session.Type == transcription {
			return &recording.SessionInfo{Kind: transcription}
		}
		return &recording.SessionInfo{Kind: "conversation", Model: e.Session.Model}
	}
	return nil
}

// Query returns the parameters of a URL that choose the session.
func Query(query url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"model", "intent", "call_id"} {
		if query.Has(name) {
			out.Set(name, query.Get(name))
		}
	}
	return out
}

// queryOf is the inverse of sessionOf.
func queryOf(s *recording.SessionInfo) url.Values {
	q := url.Values{}
	if s == nil {
		return q
	}
	for name, value := range map[string]string{"model": s.Model, "call_id": s.CallID} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if s.Kind == transcription {
		q.Set("intent", transcription)
	}
	return q
}

// Read reads the output of Write, or another recording: of that the first connection, with
// fillers in place of what it does not hold. Errors name the line.
func Read(r io.Reader) (*File, error) {
	in := bufio.NewReader(r)
	if head, err := in.Peek(len(formerHead)); err == nil && string(head) == formerHead {
		return readFormer(in)
	}
	rec, err := recording.Read(in)
	if errors.Is(err, recording.ErrNotRecording) {
		if rec == nil {
			return nil, errors.New("line 1: this is not a transcript, nor a recording")
		}
	}
	if err != nil {
		return nil, err
	}
	session := rec.Header.Session
	if session == nil {
		session = created(rec)
	}
	f := &File{Query: queryOf(session)}
	f.rebuild(rec)
	return f, nil
}
