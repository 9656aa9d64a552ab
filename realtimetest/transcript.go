package realtimetest

import (
	"fmt"
	"io"
	"net/url"

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
	"github.com/voicelane/realtime-go/realtimetest/internal/transcriptfile"
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
	t := &Transcript{Query: transcriptfile.Query(c.query)}
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

// frames returns the frames for packages below internal.
func (t *Transcript) frames() []golden.Frame {
	frames := make([]golden.Frame, 0, len(t.Entries))
	for _, e := range t.Entries {
		frames = append(frames, golden.Frame{At: e.At, FromClient: e.Direction == Received, Type: e.Type, Data: e.Data})
	}
	return frames
}

// incomplete returns an error if the log has forgotten frames.
func (t *Transcript) incomplete() error {
	if t.Forgotten == 0 {
		return nil
	}
	return fmt.Errorf("realtimetest: transcript: its first %d frames are forgotten; raise Config.LogBytes to keep them", t.Forgotten)
}

// WriteTo writes the transcript as a recording, for [ReadTranscript] and package recording.
func (t *Transcript) WriteTo(w io.Writer) (int64, error) {
	if err := t.incomplete(); err != nil {
		return 0, err
	}
	f := &transcriptfile.File{Query: t.Query, Code: t.Code, Reason: t.Reason}
	for _, e := range t.Entries {
		f.Frames = append(f.Frames, transcriptfile.Frame{At: e.At, FromClient: e.Direction == Received, Data: e.Data})
	}
	n, err := transcriptfile.Write(w, f)
	if err != nil {
		return n, fmt.Errorf("realtimetest: transcript: %w", err)
	}
	return n, nil
}

// ReadTranscript reads a recording: of its first connection, with fillers for what it lacks.
func ReadTranscript(r io.Reader) (*Transcript, error) {
	f, err := transcriptfile.Read(r)
	if err != nil {
		return nil, fmt.Errorf("realtimetest: transcript: %w", err)
	}
	t := &Transcript{Query: f.Query, Code: f.Code, Reason: f.Reason}
	for _, frame := range f.Frames {
		e := Entry{At: frame.At, Direction: Sent, Type: typeOf(frame.Data), Data: frame.Data}
		if frame.FromClient {
			e.Direction = Received
		}
		t.Entries = append(t.Entries, e)
	}
	return t, nil
}
