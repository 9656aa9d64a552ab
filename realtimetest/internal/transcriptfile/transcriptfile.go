// Package transcriptfile is the form of a transcript in a file: a line of JSON for each
// frame, between a line with the query and one with the server's close frame.
//
// [Write] writes a transcript, and [Read] reads one.
package transcriptfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/voicelane/realtime-go/realtimetest/internal/rawconn"
)

// File is a transcript.
type File struct {
	Query  url.Values
	Frames []Frame
	// Code is 0 if the server sent no close frame.
	Code   int
	Reason string
}

// Frame is one text frame.
type Frame struct {
	At         time.Duration
	FromClient bool
	Data       []byte
}

// line is a line of the file.
type line struct {
	Version int             `json:"realtime_transcript,omitempty"` // In the first line.
	Query   string          `json:"query,omitempty"`               // In the first line.
	At      string          `json:"at,omitempty"`
	Client  json.RawMessage `json:"client,omitempty"`
	Server  json.RawMessage `json:"server,omitempty"`
	Text    *textLine       `json:"text,omitempty"`  // A frame without JSON.
	Close   *closeLine      `json:"close,omitempty"` // In the last line, from the server.
}

type textLine struct {
	From string `json:"from"` // Received or sent.
	Text []byte `json:"base64"`
}

type closeLine struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

const version = 1

// The directions of a textLine, as the server sees them.
const (
	received = "received"
	sent     = "sent"
)

// Write writes a transcript.
func Write(w io.Writer, f *File) (int64, error) {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	err := lines.Encode(&line{Version: version, Query: f.Query.Encode()})
	for _, frame := range f.Frames {
		l := &line{At: frame.At.String()}
		switch {
		case !json.Valid(frame.Data):
			l.Text = &textLine{From: sent, Text: frame.Data}
			if frame.FromClient {
				l.Text.From = received
			}
		case frame.FromClient:
			l.Client = frame.Data
		default:
			l.Server = frame.Data
		}
		err = errors.Join(err, lines.Encode(l))
	}
	if f.Code != 0 {
		err = errors.Join(err, lines.Encode(&line{Close: &closeLine{Code: f.Code, Reason: f.Reason}}))
	}
	if err != nil {
		return 0, err
	}
	return out.WriteTo(w)
}

// Read reads the output of Write. Errors name the line.
func Read(r io.Reader) (*File, error) {
	f := &File{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 2*rawconn.MaxFrame)
	for n := 1; lines.Scan(); n++ {
		if err := f.read(n, lines.Bytes()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if f.Query == nil {
		return nil, errors.New("it is empty")
	}
	return f, nil
}

func (f *File) read(n int, data []byte) error {
	var l line
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return err
	}
	if n == 1 {
		if l.Version != version {
			return errors.New("this is not a transcript, or its version is not supported")
		}
		var err error
		f.Query, err = url.ParseQuery(l.Query)
		return err
	}
	if l.Close != nil {
		f.Code, f.Reason = l.Close.Code, l.Close.Reason
		return nil
	}
	at, err := time.ParseDuration(l.At)
	if err != nil {
		return err
	}
	frame := Frame{At: at, Data: l.Server}
	switch {
	case l.Text != nil:
		frame.FromClient, frame.Data = l.Text.From == received, l.Text.Text
	case l.Client != nil:
		frame.FromClient, frame.Data = true, l.Client
	case l.Server == nil:
		return errors.New("the line has neither a frame of the client nor one of the server")
	}
	f.Frames = append(f.Frames, frame)
	return nil
}
