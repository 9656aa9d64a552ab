package recording

import (
	"crypto/rand"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/recording/internal/redact"
)

// Options configure a [Writer]. The zero Options keep structure alone.
type Options struct {
	// Keep is the content that is kept. Default: none.
	Keep []Keep
	// Mask are the rules for texts that are kept, applied in order to texts without
	// credentials.
	Mask []Mask
	// Scrub, if not nil, removes credentials that only the caller knows from texts that are
	// kept. Keys of the service, bearer tokens and credentials of MCP servers are never
	// kept, with or without it.
	Scrub func(text string) string

	// By is the writer; default "realtime-go". Session and Line are for the header.
	By      string
	Session *SessionInfo
	Line    *LineInfo

	// FlushEvery is how long lines wait before they are written, at most; default 5 s. A
	// crash loses no more than that, and the runs of the model's sound that began in the last
	// five seconds, which a tap may not have passed on yet.
	FlushEvery time.Duration
	// BufferBytes bounds what waits to be written, default 1 MiB, least 64 KiB. Beyond half
	// of it sound is dropped, beyond three quarters runs, then everything; the recording
	// says so with a [Gap].
	BufferBytes int
}

func (o *Options) resolved() Options {
	var c Options
	if o != nil {
		c = *o
	}
	c.Keep, c.Mask = slices.Clone(c.Keep), slices.Clone(c.Mask)
	if c.By == "" {
		c.By = "realtime-go"
	}
	if c.FlushEvery <= 0 {
		c.FlushEvery = 5 * time.Second
	}
	if c.BufferBytes <= 0 {
		c.BufferBytes = 1 << 20
	}
	c.BufferBytes = max(c.BufferBytes, 64<<10)
	if !c.keeps(KeepNumbers) {
		c.Mask = append([]Mask{MaskNumbers()}, c.Mask...)
	}
	return c
}

func (o *Options) keeps(k Keep) bool { return (&Header{Keep: o.Keep}).Keeps(k) }

// header returns the first line.
func (o *Options) header(began time.Time) Header {
	h := Header{
		Version: Version, ID: "rec_" + rand.Text()[:12], Began: began.UTC().Truncate(time.Microsecond), By: o.By,
		Protocol: "openai-realtime", Session: o.Session, Line: o.Line, Keep: o.Keep, Clock: Clock{Unit: "us", Kind: "monotonic"},
	}
	o.nameMasks(&h)
	return h
}

// nameMasks adds the names of the masks to the header, each once.
func (o *Options) nameMasks(h *Header) {
	for _, m := range o.Mask {
		if !slices.Contains(h.Mask, m.name) {
			h.Mask = append(h.Mask, m.name)
		}
	}
}

// filter returns what filters content.
func (o *Options) filter() redact.Filter {
	f := redact.Filter{
		Level: redact.Level{Text: o.keeps(KeepText), Tools: o.keeps(KeepTools), Frames: o.keeps(KeepFrames)},
		Scrub: o.Scrub,
	}
	_, _ = rand.Read(f.Secret[:]) // Never fails.
	if masks := o.Mask; len(masks) > 0 {
		f.Mask = func(path, text string) string {
			for _, m := range masks {
				text = m.text(path, text)
			}
			return text
		}
	}
	return f
}
