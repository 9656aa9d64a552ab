package transcriptfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/recording"
)

// rebuild makes the frames of the first connection of a recording. What the recording does
// not hold is filled in: texts by fillers of the same length, sound by silence of the same
// length, runs by as many messages as they had.
func (f *File) rebuild(rec *recording.Recording) {
	b := builder{file: f, sound: map[soundKey][]byte{}}
	for s := range rec.Sounds() {
		if data, err := rec.Bytes(&s.Audio); err == nil && s.Conn <= 1 {
			key := soundKey{s.Track, s.Item, s.Content}
			b.sound[key] = append(b.sound[key], data...)
		}
	}
	for i := range rec.Lines {
		l := &rec.Lines[i]
		if l.Conn > 1 {
			continue
		}
		switch x := l.Body.(type) {
		case *recording.Frame:
			b.frame(l, x)
		case *recording.Lost:
			f.Code, f.Reason = x.Code, x.Reason
			return
		case *recording.End:
			if x.Why == fromServer && f.Code == 0 {
				f.Code = x.Code
			}
		default:
		}
	}
}

// builder makes frames.
type builder struct {
	file   *File
	sound  map[soundKey][]byte // that is left, by its place
	events int
	in     string // formats of the session, "" is PCM
	out    string
}

type soundKey struct {
	track   recording.Track
	item    string
	content int
}

func (b *builder) add(l *recording.Line, x *recording.Frame, data []byte) {
	b.file.Frames = append(b.file.Frames, Frame{At: l.At.Duration(), FromClient: x.Direction == recording.Out, Data: data})
}

func (b *builder) frame(l *recording.Line, x *recording.Frame) {
	switch {
	case x.Fate == recording.FateUnsent || x.Fate == recording.FateDiscarded:
	case x.Raw != nil:
		b.add(l, x, x.Raw)
	case x.Event != nil:
		b.describe(x)
		b.add(l, x, filled(x.Event))
	case x.N > 0:
		b.run(l, x)
	default:
	}
}

// describe notes the formats of a session.
func (b *builder) describe(x *recording.Frame) {
	if x.Type != "session.created" && x.Type != "session.updated" {
		return
	}
	type format struct{ Format struct{ Type string } }
	var e struct {
		Session struct {
			Audio struct{ Input, Output format }
		}
	}
	_ = json.Unmarshal(x.Event, &e) // What does not fit is PCM.
	b.in, b.out = e.Session.Audio.Input.Format.Type, e.Session.Audio.Output.Format.Type
}

// run makes the messages of a run.
func (b *builder) run(l *recording.Line, x *recording.Frame) {
	for i := range x.N {
		if x.Direction == recording.Out {
			audio := b.take(recording.Sent, x, b.in, i)
			b.add(l, x, object("type", x.Type, "audio", audio))
			continue
		}
		b.events++
		var delta any = "x"
		if x.AudioMS > 0 {
			delta = b.take(recording.Made, x, b.out, i)
		}
		b.add(l, x, object(
			"type", x.Type, "event_id", fmt.Sprintf("event_filled_%d", b.events), "response_id", x.Response, "item_id", x.Item,
			"output_index", 0, "content_index", x.Content, "delta", delta,
		))
	}
}

// take returns the sound of the ith message of a run.
func (b *builder) take(track recording.Track, x *recording.Frame, format string, i int) []byte {
	perMS, silence := 48, byte(0) // PCM at 24 kHz.
	switch format {
	case "audio/pcmu":
		perMS, silence = 8, 0xff
	case "audio/pcma":
		perMS, silence = 8, 0xd5
	}
	n := int(x.AudioMS)*(i+1)/x.N - int(x.AudioMS)*i/x.N
	n *= perMS
	key := soundKey{track, x.Item, x.Content}
	have := b.sound[key]
	if len(have) >= n {
		b.sound[key] = have[n:]
		return have[:n]
	}
	return bytes.Repeat([]byte{silence}, n)
}

// object returns an object of names and values.
func object(pairs ...any) []byte {
	var out bytes.Buffer
	for i := 0; i+1 < len(pairs); i += 2 {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		value, err := json.Marshal(pairs[i+1])
		if err != nil {
			continue // Texts, numbers and bytes have JSON.
		}
		fmt.Fprintf(&out, "%c%q:%s", separator, pairs[i], value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// length matches a text that was not kept.
var length = regexp.MustCompile(`"‹(\d{1,7})›"`)

// arguments matches those of a function, which are an object.
var arguments = regexp.MustCompile(`"arguments":"‹(\d{1,7})›"`)

// filled returns an event with fillers in place of texts that were not kept.
func filled(event []byte) []byte {
	event = arguments.ReplaceAllFunc(event, func(found []byte) []byte {
		n, err := strconv.Atoi(string(arguments.FindSubmatch(found)[1]))
		if err != nil {
			return found
		}
		return []byte(`"arguments":"{` + strings.Repeat(" ", max(n-2, 0)) + `}"`)
	})
	return length.ReplaceAllFunc(event, func(found []byte) []byte {
		n, err := strconv.Atoi(string(length.FindSubmatch(found)[1]))
		if err != nil {
			return found
		}
		return []byte(`"` + strings.Repeat("x", n) + `"`)
	})
}
