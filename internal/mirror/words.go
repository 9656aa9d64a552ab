package mirror

import (
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/transcript"
	"github.com/voicelane/realtime-go/wire"
)

// parts returns the number of parts of a message that a listener can have heard of.
func (p *mirrored) parts(x *api.AssistantMessage) int {
	n := max(len(x.Content), len(p.speech))
	if p.cut != nil {
		n = min(n, p.cut.part+1)
	}
	return n
}

// words returns what a part of a message says, as far as it was not cut off, and what is
// lost of it.
func (p *mirrored) words(x *api.AssistantMessage, part int) (text, reason string) {
	if part < len(x.Content) && x.Content[part].Text != nil {
		return *x.Content[part].Text, ""
	}
	text = p.transcript(x, part)
	if text == "" {
		return "", "its audio has no transcript"
	}
	if p.cut == nil || part != p.cut.part {
		return text, ""
	}
	if text = p.heard(x, text); text == "" {
		return "", "its audio was truncated, and no word of it is known to have been heard"
	}
	return text, ""
}

// transcript returns all that is known of the words of a part.
func (p *mirrored) transcript(x *api.AssistantMessage, part int) string {
	if part < len(x.Content) && wire.Deref(x.Content[part].Transcript) != "" {
		return *x.Content[part].Transcript
	}
	if part < len(p.speech) {
		return string(p.speech[part].words)
	}
	return ""
}

// heard returns the words up to the cut. Without the length of the sound none are known
// to have been heard.
func (p *mirrored) heard(x *api.AssistantMessage, text string) string {
	if p.cut.part >= len(p.speech) {
		return ""
	}
	s := p.speech[p.cut.part]
	received := time.Duration(s.bytes) * time.Second / time.Duration(max(s.rate, 1))
	complete := !p.making && (x.Status == nil || *x.Status == api.ItemStatusCompleted)
	said, _ := transcript.Split(text, p.cut.end, received, complete)
	return said
}

// unshown returns the length of the words that no item shows, and forgets the others.
func (p *mirrored) unshown() (n int) {
	x, ok := p.item.(*api.AssistantMessage)
	for i := range p.speech {
		if ok && i < len(x.Content) && wire.Deref(x.Content[i].Transcript) != "" {
			p.speech[i].words = nil
		}
		n += len(p.speech[i].words)
	}
	return n
}

// TextOf returns the words of a message, written or spoken; "" for items of other kinds.
func TextOf(item api.Item) string {
	var b strings.Builder
	switch x := item.(type) {
	case *api.UserMessage:
		for _, c := range x.Content {
			b.WriteString(wire.Deref(c.Text) + orEmpty(c.Transcript))
		}
	case *api.AssistantMessage:
		for _, c := range x.Content {
			b.WriteString(wire.Deref(c.Text) + wire.Deref(c.Transcript))
		}
	case *api.SystemMessage:
		for _, c := range x.Content {
			b.WriteString(c.Text)
		}
	default:
	}
	return b.String()
}

func (p *mirrored) view() View {
	v := View{Item: p.item, State: Complete}
	if p.making {
		v.State = Making
	}
	if x, ok := p.item.(*api.AssistantMessage); ok && p.cut != nil {
		v.Heard = &Heard{Audio: p.cut.end}
		for i := range p.parts(x) {
			text, _ := p.words(x, i)
			v.Heard.Text += text
		}
	}
	return v
}
