package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// bodyOf returns an empty body of a kind.
func bodyOf(kind string) Body {
	switch kind {
	case "dial":
		return &Dial{}
	case string(In), string(Out):
		return &Frame{Direction: Direction(kind)}
	case "audio":
		return &Audio{}
	case "heard":
		return &Heard{}
	case "cut":
		return &Cut{}
	case "turn":
		return &TurnMark{}
	case "tool":
		return &Tool{}
	case "lost":
		return &Lost{}
	case "restored":
		return &Restored{}
	case "error":
		return &Failure{}
	case "usage":
		return &Usage{}
	case "queue":
		return &Queue{}
	case "clock":
		return &WallClock{}
	case "gap":
		return &Gap{}
	case "note":
		return &Note{}
	case "end":
		return &End{}
	default:
		return &Unknown{K: kind}
	}
}

// head holds the members that all lines have.
type head struct {
	At   *Micros `json:"at"`
	K    string  `json:"k"`
	Conn int     `json:"conn,omitempty"`
}

// decodeLine decodes one line without its line feed.
func decodeLine(data []byte) (Line, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return Line{}, jsonError(err)
	}
	var h head
	if err := json.Unmarshal(data, &h); err != nil {
		return Line{}, jsonError(err)
	}
	switch {
	case h.At == nil:
		return Line{}, errors.New(`the line has no member "at"`)
	case *h.At < 0:
		return Line{}, errors.New(`"at" is negative`)
	case h.K == "":
		return Line{}, errors.New(`the line has no member "k"`)
	}
	l := Line{At: *h.At, Conn: h.Conn, Body: bodyOf(h.K)}
	if err := json.Unmarshal(data, l.Body); err != nil {
		return Line{}, jsonError(err)
	}
	for _, name := range slices.Concat(known(l.Body), known(&h)) {
		delete(members, name)
	}
	if len(members) > 0 {
		l.Extra = members
	}
	return l, l.check()
}

// check returns why a line cannot be used.
func (l *Line) check() error {
	switch b := l.Body.(type) {
	case *Audio:
		if (b.Data != nil) == (b.Ref != nil) {
			return errors.New(`an audio line needs one of "data" and "ref"`)
		}
		if b.Ref != nil && (b.Ref.Off < 0 || b.Ref.Len < 0) {
			return errors.New(`"ref" is negative`)
		}
		if b.Pos < 0 || b.Len < 0 || b.Rate < 0 {
			return errors.New("a length is negative")
		}
	case *Frame:
		if b.Bytes < 0 || b.N < 0 || b.Span < 0 || b.AudioMS < 0 {
			return errors.New("a count is negative")
		}
	default:
	}
	return nil
}

// appendLine appends a line with its line feed.
func appendLine(dst []byte, l *Line) ([]byte, error) {
	if l.Body == nil {
		return dst, errors.New("recording: a line without a body")
	}
	dst, err := appendMembers(dst, &head{At: &l.At, K: l.Body.Kind(), Conn: l.Conn}, nil)
	if err != nil {
		return dst, err
	}
	if dst, err = joinMembers(dst, l.Body, l.Extra); err != nil {
		return dst, err
	}
	return append(dst, '\n'), nil
}

// joinMembers adds the members of v and extra to the object at the end of dst.
func joinMembers(dst []byte, v any, extra map[string]json.RawMessage) ([]byte, error) {
	more, err := appendMembers(nil, v, extra)
	if err != nil || len(more) <= len("{}") {
		return dst, err
	}
	dst[len(dst)-1] = ','
	return append(dst, more[1:]...), nil
}

// appendMembers appends an object with the members of v and of extra.
func appendMembers(dst []byte, v any, extra map[string]json.RawMessage) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return dst, fmt.Errorf("recording: %w", err)
	}
	dst = append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		value := extra[name]
		if len(value) == 0 {
			continue
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return dst, err
		}
		if dst[len(dst)-2] == '{' {
			dst = dst[:len(dst)-1]
		} else {
			dst[len(dst)-1] = ','
		}
		dst = append(append(dst, quoted...), ':')
		var flat bytes.Buffer
		if err := json.Compact(&flat, value); err != nil {
			return dst, jsonError(err)
		}
		dst = append(append(dst, flat.Bytes()...), '}')
	}
	return dst, nil
}

// known returns the JSON names of the members of the struct that v points to.
func known(v any) []string {
	var all []string
	for f := range reflect.TypeOf(v).Elem().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			all = append(all, name)
		}
	}
	return all
}

// jsonError returns an error of encoding/json without the content that it quotes.
func jsonError(err error) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("invalid JSON at byte %d", e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("the member %q has the wrong type", e.Field)
	}
	return errors.New("invalid JSON")
}

// appendHeader appends a header with its line feed.
func appendHeader(dst []byte, h *Header) ([]byte, error) {
	c := *h
	if c.Keep == nil {
		c.Keep = []Keep{}
	}
	dst, err := appendMembers(dst, &c, c.Extra)
	return append(dst, '\n'), err
}
