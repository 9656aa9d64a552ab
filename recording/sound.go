package recording

import (
	"encoding/json"
	"iter"
)

// Sound is a piece of sound and its place. [Recording.Bytes] returns its samples.
type Sound struct {
	Audio

	Line int
	Conn int
	// Begin is where the piece lies on the clock of the recording: when a Made piece
	// arrived, and where a Sent piece lies after the first sound of its connection.
	Begin Micros
}

// Sounds returns a loop over the sound that the recording holds, in the order of lines:
// that of audio lines, and in a recording with whole messages that of the messages.
func (r *Recording) Sounds() iter.Seq[Sound] {
	return func(yield func(Sound) bool) {
		s := sounds{keys: map[part]Micros{}, sent: map[int]Micros{}, anchor: map[int]Micros{}, in: pcm24k, out: pcm24k}
		for i := range r.Lines {
			l := &r.Lines[i]
			if x, ok := s.of(l); ok && !yield(x) {
				return
			}
		}
	}
}

// sounds goes through the lines.
type sounds struct {
	keys         map[part]Micros // the length so far of what was made
	sent, anchor map[int]Micros  // by connection
	in, out      codec
}

// of returns the sound of a line.
func (s *sounds) of(l *Line) (Sound, bool) {
	switch x := l.Body.(type) {
	case *Audio:
		p := Sound{Audio: *x, Line: l.Number, Conn: l.Conn, Begin: l.At}
		if x.Track == Sent {
			p.Begin = s.first(l) + x.Pos
		}
		return p, true
	case *Frame:
		if x.Direction == Out && x.AudioMS > 0 {
			s.first(l)
		}
		return s.frame(l, x)
	default:
		return Sound{}, false
	}
}

// first returns when the first sound of a connection was sent.
func (s *sounds) first(l *Line) Micros {
	at, ok := s.anchor[l.Conn]
	if !ok {
		at = l.At
		s.anchor[l.Conn] = at
	}
	return at
}

// frame returns the sound in a whole message.
func (s *sounds) frame(l *Line, f *Frame) (Sound, bool) {
	if f.Event == nil {
		return Sound{}, false
	}
	var e struct {
		Audio, Delta []byte
		Session      struct {
			Audio struct{ Input, Output struct{ Format eventFormat } }
		}
	}
	p := Sound{Line: l.Number, Conn: l.Conn, Begin: l.At}
	switch f.Type {
	case "session.created", "session.updated":
		_ = json.Unmarshal(f.Event, &e)
		s.in, s.out = e.Session.Audio.Input.Format.codec(), e.Session.Audio.Output.Format.codec()
	case "input_audio_buffer.append", "session.input_audio_buffer.append":
		if json.Unmarshal(f.Event, &e) != nil || len(e.Audio) == 0 {
			return p, false
		}
		p.Audio = s.in.piece(Sent, e.Audio)
		p.Pos = s.sent[l.Conn]
		s.sent[l.Conn] += p.Len
		p.Begin = s.first(l) + p.Pos
		return p, true
	case "response.output_audio.delta", "response.audio.delta", "session.output_audio.delta":
		if json.Unmarshal(f.Event, &e) != nil || len(e.Delta) == 0 {
			return p, false
		}
		p.Audio = s.out.piece(Made, e.Delta)
		p.Item, p.Content = f.Item, f.Content
		key := part{f.Item, f.Content}
		p.Pos = s.keys[key]
		s.keys[key] += p.Len
		return p, true
	default:
	}
	return p, false
}

// eventFormat is the format of a session.
type eventFormat struct {
	Type string `json:"type"`
	Rate int    `json:"rate"`
}

func (f eventFormat) codec() codec {
	switch f.Type {
	case "audio/pcmu":
		return codec{"pcmu", 8000, 1}
	case "audio/pcma":
		return codec{"pcma", 8000, 1}
	default:
		return pcm24k
	}
}

// codec is a form of sound.
type codec struct {
	name   string
	rate   int
	sample int // bytes
}

var pcm24k = codec{"pcm16", 24_000, 2}

// length returns how long a number of bytes plays.
func (c codec) length(bytes int) Micros {
	return Micros(int64(bytes/c.sample) * int64(Second) / int64(c.rate))
}

func (c codec) piece(t Track, data []byte) Audio {
	return Audio{Track: t, Codec: c.name, Rate: c.rate, Len: c.length(len(data)), Data: data}
}
