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

	"github.com/voicelane/realtime-go/recording"
)

// formerHead is how a file of the former format begins.
const formerHead = `{"realtime_transcript"`

// formerLine is a line of the former format.
type formerLine struct {
	Version int             `json:"realtime_transcript,omitempty"` // In the first line.
	Query   string          `json:"query,omitempty"`               // In the first line.
	At      string          `json:"at,omitempty"`
	Client  json.RawMessage `json:"client,omitempty"`
	Server  json.RawMessage `json:"server,omitempty"`
	Text    *struct {       // A frame without JSON.
		From string `json:"from"`
		Text []byte `json:"base64"`
	} `json:"text,omitempty"`
	Close *struct { // In the last line, from the server.
		Code   int    `json:"code"`
		Reason string `json:"reason"`
	} `json:"close,omitempty"`
}

// readFormer reads a file of the former format.
func readFormer(r io.Reader) (*File, error) {
	f := &File{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, recording.MaxLine)
	for n := 1; lines.Scan(); n++ {
		if err := f.readFormer(n, lines.Bytes()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return f, lines.Err()
}

func (f *File) readFormer(n int, data []byte) error {
	var l formerLine
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return err
	}
	if n == 1 {
		if l.Version != 1 {
			return errors.New("the version of the transcript is not supported")
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
		frame.FromClient, frame.Data = l.Text.From == "received", l.Text.Text
	case l.Client != nil:
		frame.FromClient, frame.Data = true, l.Client
	case l.Server == nil:
		return errors.New("the line has neither a frame of the client nor one of the server")
	}
	f.Frames = append(f.Frames, frame)
	return nil
}
