package recording

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// MaxLine is the length of the longest line that a reader takes, in bytes.
const MaxLine = 64 << 20

// Errors of readers.
var (
	// ErrNotRecording is returned for a file whose first line is no header.
	ErrNotRecording = errors.New("recording: the first line is not the header of a recording")
	// ErrTooLong is the cause of a [*LineError] about a line longer than [MaxLine].
	ErrTooLong = errors.New("the line is too long")
)

// VersionError is returned for a file of another major version, or one that needs a
// feature that this version does not know.
type VersionError struct {
	Version int
	Needs   []string // the unknown features; nil if the version is the reason
}

func (e *VersionError) Error() string {
	if e.Needs != nil {
		return fmt.Sprintf("recording: the file needs %q, which this version does not know: use a newer one", e.Needs)
	}
	return fmt.Sprintf("recording: the file has version %d; this version reads %d", e.Version, Version)
}

// LineError is a line that cannot be read. Its text holds nothing of the line.
type LineError struct {
	Line   int   // its number, from 1
	Offset int64 // where it begins, in bytes after decompression
	Err    error
}

func (e *LineError) Error() string {
	return fmt.Sprintf("recording: line %d (offset %d): %v", e.Line, e.Offset, e.Err)
}

// Unwrap returns Err.
func (e *LineError) Unwrap() error { return e.Err }

// Tail is how a recording ends that has no end line: it was cut, or is still written.
type Tail struct {
	// Line is the number of the last whole line, and At the latest time up to there.
	Line int
	At   Micros
	// Bytes is the length of what follows that line and is no whole line.
	Bytes int64
}

func (t *Tail) String() string { return fmt.Sprintf("cut after line %d, %v", t.Line, t.At) }

// Reader reads a recording line by line, as it was written: in the order of writing, where
// a run may begin before the line above it, seconds before if the service fell silent. It takes memory for one line. It
// is not for use by several goroutines.
type Reader struct {
	// Header is the first line.
	Header Header

	in     *bufio.Reader
	line   int   // number of the last line that was read
	offset int64 // of the next line
	latest Micros
	whole  int // number of the last line that ended with a line feed
	ended  bool
	tail   *Tail
	long   []byte // a line longer than the buffer of in
}

// NewReader reads the header of a recording, which may be compressed by gzip. The error is
// [ErrNotRecording], a [*VersionError], or one of r.
func NewReader(r io.Reader) (*Reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, ErrNotRecording
		}
		in = bufio.NewReaderSize(z, 64<<10)
	}
	d := &Reader{in: in}
	data, err := d.next()
	if err != nil && !isEnd(err) {
		if errors.Is(err, ErrTooLong) {
			err = ErrNotRecording
		}
		return nil, err
	}
	if err := d.Header.decode(data); err != nil {
		return nil, err
	}
	return d, nil
}

// decode reads a header.
func (h *Header) decode(data []byte) error {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil || members["realtime_recording"] == nil {
		return ErrNotRecording
	}
	var version struct {
		Version int      `json:"realtime_recording"`
		Needs   []string `json:"needs"`
	}
	if json.Unmarshal(data, &version) != nil {
		return ErrNotRecording
	}
	if version.Version != Version {
		return &VersionError{Version: version.Version}
	}
	if len(version.Needs) > 0 {
		return &VersionError{Version: version.Version, Needs: version.Needs}
	}
	if err := json.Unmarshal(data, h); err != nil {
		return &LineError{Line: 1, Err: jsonError(err)}
	}
	for _, name := range known(h) {
		delete(members, name)
	}
	if len(members) > 0 {
		h.Extra = members
	}
	return nil
}

// Lines returns a loop over the lines behind the header. A pair holds a line or an error.
// After a [*LineError] the loop goes on with the next line; any other error, which is one
// of the underlying reader, is the last pair. The end of the file in the middle of a line
// is no error: see [Reader.Tail].
func (d *Reader) Lines() iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for {
			offset := d.offset
			data, err := d.next()
			if isEnd(err) {
				d.finish(int64(len(data)))
				return
			}
			var l Line
			if err == nil {
				l, err = decodeLine(data)
			}
			if err == nil {
				l.Number, l.Offset = d.line, offset
				d.latest = max(d.latest, l.At)
				_, d.ended = l.Body.(*End)
				if !yield(l, nil) {
					return
				}
				continue
			}

			if stop, ok := errors.AsType[*readError](err); ok {
				d.finish(0)
				yield(Line{}, stop.err)
				return
			}
			if !yield(Line{}, &LineError{Line: d.line, Offset: offset, Err: err}) {
				return
			}
		}
	}
}

// finish notes how the file ends.
func (d *Reader) finish(rest int64) {
	if d.ended && rest == 0 {
		return
	}
	d.tail = &Tail{Line: d.whole, At: d.latest, Bytes: rest}
}

// Tail returns where a recording was cut, or nil if its last line is an end line. It is
// known once the loop of [Reader.Lines] has ended by itself, also by an error of the
// underlying reader.
func (d *Reader) Tail() *Tail { return d.tail }

// readError is an error of the underlying reader.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// isEnd reports whether an error is the end of the file, also in the middle of a
// compressed block.
func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// next returns the next line without its line feed, valid until the next call. With an
// error that is the end it returns what there is of a line.
func (d *Reader) next() ([]byte, error) {
	d.long = d.long[:0]
	length := int64(0)
	for {
		part, err := d.in.ReadSlice('\n')
		length += int64(len(part))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if length <= MaxLine {
				d.long = append(d.long, part...)
			}
			continue
		case err != nil:
			if !isEnd(err) {
				return nil, &readError{fmt.Errorf("recording: %w", err)}
			}
			d.line += min(1, int(length))
			return append(d.long, part...), err
		}
		d.line++
		d.whole = d.line
		d.offset += length
		if length > MaxLine {
			return nil, ErrTooLong
		}
		if len(d.long) > 0 {
			d.long = append(d.long, part...)
			part = d.long
		}
		return bytes.TrimSuffix(part[:len(part)-1], []byte("\r")), nil
	}
}
