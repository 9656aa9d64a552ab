package recording

import (
	"cmp"
	"encoding/json"
	"math"
)

// transcribed takes the transcript of what the caller said, with what it was charged.
func (b *builder) transcribed(l *Line, e *event) {
	if i, ok := b.started[e.ItemID]; ok {
		b.t.Speech[i].Text = keptText(e.Transcript)
	}
	key := part{e.ItemID, e.ContentIndex}
	if _, again := b.transcripts[key]; again {
		return
	}
	b.transcripts[key] = len(b.t.Transcripts)
	t := Transcript{Line: l.Number, At: l.At, Item: e.ItemID, Model: b.transcribes}
	if u := e.Usage; u != nil {
		if u.Input.Text+u.Input.Audio == u.In {
			t.Tokens = Tokens{
				Text:  TokenCount{In: u.Input.Text, Out: u.Out},
				Audio: TokenCount{In: u.Input.Audio},
			}
		}
		if ms := math.Round(u.Seconds * 1000); ms > 0 && ms < 1e12 {
			t.AudioMS = int64(ms)
		}
	}
	b.t.Transcripts = append(b.t.Transcripts, t)
}

// usage takes what a layer has counted of a response or of a transcript.
func (b *builder) usage(l *Line, x *Usage) {
	id := x.Response
	if id == "" && x.AudioMS == 0 { // The line of a response stands just before its end or after it.
		id, b.uncharged = cmp.Or(b.uncharged, b.current), ""
		b.charged = id
	}
	if i, ok := b.responses[id]; ok {
		r := &b.t.Responses[i]
		r.Tokens, r.MicroUSD, r.Model = x.Tokens, x.MicroUSD, cmp.Or(x.Model, r.Model)
		r.Contradicts = r.Contradicts && x.MicroUSD == nil
		return
	}
	counted := Transcript{
		Line: l.Number, At: l.At, Item: x.Response, Model: x.Model, Tokens: x.Tokens, AudioMS: x.AudioMS, MicroUSD: x.MicroUSD, counted: true,
	}
	for i := range b.t.Transcripts {
		if t := &b.t.Transcripts[i]; t.Item == x.Response && !t.counted {
			counted.Line, counted.At = t.Line, t.At
			*t = counted
			return
		}
	}
	b.t.Transcripts = append(b.t.Transcripts, counted)
}

// settings notes what a session says of itself.
func (b *builder) settings(e *event) {
	if d, ok := e.detection(); ok {
		b.pause, b.padding = d.pause(), d.padding()
	}
	type transcription struct {
		Model string `json:"model"`
	}
	var session struct {
		Model         string         `json:"model"`
		Transcription *transcription `json:"input_audio_transcription"` // Of the beta API.
		Audio         struct {
			Input struct {
				Transcription *transcription `json:"transcription"`
			} `json:"input"`
		} `json:"audio"`
	}
	_ = json.Unmarshal(e.Session, &session) // What does not fit is left out.
	if session.Model != "" {
		b.model = session.Model
	}
	for _, t := range []*transcription{session.Transcription, session.Audio.Input.Transcription} {
		if t != nil && t.Model != "" {
			b.transcribes = t.Model
		}
	}
}
