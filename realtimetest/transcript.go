package realtimetest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
	"github.com/voicelane/realtime-go/realtimetest/internal/rawconn"
)

// Transcript is the conversation on one connection: of this server by
// [Conn.Transcript], or of a live one by a [Recorder]. It holds no credentials. It
// can be written to a file, compared by [CompareGolden], and replayed by
// [Config.Replay].
type Transcript struct {
	// Query holds the parameters of the URL that choose the session: model, intent
	// and call_id.
	Query url.Values
	// Entries are the frames of both sides.
	Entries []Entry
	// Code and Reason are those of the server's close frame. Code is 0 if the
	// client closed first.
	Code   int
	Reason string
	// Forgotten is the number of frames that are missing in front of Entries, because
	// the log was longer than [Config.LogBytes]. Such a transcript can be read, but not
	// written, compared or replayed.
	Forgotten int
}

// Transcript returns the conversation so far.
func (c *Conn) Transcript() *Transcript {
	t := &Transcript{Query: sessionQuery(c.query)}
	entries, forgotten := c.log.all()
	t.Forgotten = forgotten
	for _, e := range entries {
		e.Data = golden.Redact(e.Data)
		t.Entries = append(t.Entries, e)
	}
	_, server := c.log.closes()
	t.Code, t.Reason = server.code, server.reason
	return t
}

// sessionQuery returns the parameters of a query that choose the session.
func sessionQuery(query url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"model", "intent", "call_id"} {
		if query.Has(name) {
			out.Set(name, query.Get(name))
		}
	}
	return out
}

// transcriptLine is a line of a transcript in a file.
type transcriptLine struct {
	Version int             `json:"realtime_transcript,omitempty"` // In the first line.
	Query   string          `json:"query,omitempty"`               // In the first line.
	At      string          `json:"at,omitempty"`
	Client  json.RawMessage `json:"client,omitempty"`
	Server  json.RawMessage `json:"server,omitempty"`
	Text    *textLine       `json:"text,omitempty"`  // A frame without JSON.
	Close   *closeLine      `json:"close,omitempty"` // In the last line, from the server.
}

type textLine struct {
	From Direction `json:"from"`
	Text []byte    `json:"base64"`
}

type closeLine struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

const transcriptVersion = 1

// incomplete returns an error if the log has forgotten frames.
func (t *Transcript) incomplete() error {
	if t.Forgotten == 0 {
		return nil
	}
	return fmt.Errorf("realtimetest: transcript: its first %d frames are forgotten; raise Config.LogBytes to keep them", t.Forgotten)
}

// WriteTo writes the transcript as lines of JSON, for [ReadTranscript].
func (t *Transcript) WriteTo(w io.Writer) (int64, error) {
	if err := t.incomplete(); err != nil {
		return 0, err
	}
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	add := func(line *transcriptLine, err error) error {
		return errors.Join(err, lines.Encode(line))
	}
	err := add(&transcriptLine{Version: transcriptVersion, Query: t.Query.Encode()}, nil)
	for _, e := range t.Entries {
		line := &transcriptLine{At: e.At.String()}
		switch {
		case !json.Valid(e.Data):
			line.Text = &textLine{From: e.Direction, Text: e.Data}
		case e.Direction == Received:
			line.Client = e.Data
		default:
			line.Server = e.Data
		}
		err = add(line, err)
	}
	if t.Code != 0 {
		err = add(&transcriptLine{Close: &closeLine{Code: t.Code, Reason: t.Reason}}, err)
	}
	if err != nil {
		return 0, fmt.Errorf("realtimetest: transcript: %w", err)
	}
	return out.WriteTo(w)
}

// ReadTranscript reads the output of [Transcript.WriteTo].
func ReadTranscript(r io.Reader) (*Transcript, error) {
	t := &Transcript{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 2*rawconn.MaxFrame)
	for n := 1; lines.Scan(); n++ {
		if err := t.read(n, lines.Bytes()); err != nil {
			return nil, fmt.Errorf("realtimetest: transcript: line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("realtimetest: transcript: %w", err)
	}
	if t.Query == nil {
		return nil, errors.New("realtimetest: transcript: it is empty")
	}
	return t, nil
}

func (t *Transcript) read(n int, data []byte) error {
	var line transcriptLine
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&line); err != nil {
		return err
	}
	if n == 1 {
		if line.Version != transcriptVersion {
			return errors.New("this is not a transcript, or its version is not supported")
		}
		var err error
		t.Query, err = url.ParseQuery(line.Query)
		return err
	}
	if line.Close != nil {
		t.Code, t.Reason = line.Close.Code, line.Close.Reason
		return nil
	}
	at, err := time.ParseDuration(line.At)
	if err != nil {
		return err
	}
	e := Entry{At: at, Direction: Sent, Data: line.Server}
	switch {
	case line.Text != nil:
		e.Direction, e.Data = line.Text.From, line.Text.Text
	case line.Client != nil:
		e.Direction, e.Data = Received, line.Client
	case line.Server == nil:
		return errors.New("the line has neither a frame of the client nor one of the server")
	}
	e.Type = typeOf(e.Data)
	t.Entries = append(t.Entries, e)
	return nil
}
