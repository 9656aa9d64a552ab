package view

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/recording"
)

func (b *builder) title() string {
	switch {
	case b.o.Title != "":
		return b.o.Title
	case b.rec.Header.ID != "":
		return "Call " + b.rec.Header.ID
	default:
		return "Call"
	}
}

// codecs are the names of codecs for readers.
var codecs = map[string]string{"pcmu": "μ-law", "pcma": "A-law", "pcm16": "PCM"}

// facts answer which call it was.
func (b *builder) facts() []string {
	h := &b.rec.Header
	var facts []string
	if !h.Began.IsZero() {
		facts = append(facts, h.Began.UTC().Format("2 Jan 2006, 15:04:05 UTC"))
	}
	if s := h.Session; s != nil && s.Kind != "" && s.Kind != "conversation" {
		facts = append(facts, s.Kind)
	}
	if model := b.model(); model != "" {
		facts = append(facts, strings.TrimSuffix(model+", voice "+b.voice(), ", voice "))
	}
	if l := h.Line; l != nil {
		parts := []string{l.Kind, codecs[l.Codec]}
		if l.Rate > 0 {
			parts = append(parts, trimZero(float64(l.Rate)/1000)+" kHz")
		}
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		if len(parts) > 0 {
			facts = append(facts, strings.Join(parts, " "))
		}
	}
	if end := bodies[*recording.End](b.rec); len(end) > 0 {
		facts = append(facts, ends(end[len(end)-1].Body))
	}
	return facts
}

// ends says how the session ended.
func ends(e *recording.End) string {
	text := "ended: " + e.Why
	switch e.Why {
	case "closed":
		text = "ended by this side"
	case "server":
		text = "ended by the server"
	case "lost":
		text = "ended by a lost connection"
	case "failed":
		text = "ended by an error"
	case "budget":
		text = "ended by the budget"
	}
	if e.Code != 0 {
		text += fmt.Sprintf(" (%d)", e.Code)
	}
	return text
}

// model returns the model that was asked for, or else the first that answered, "" if the
// recording does not say.
func (b *builder) model() string {
	if s := b.rec.Header.Session; s != nil && s.Model != "" {
		return s.Model
	}
	for i := range b.tl.Responses {
		if model := b.tl.Responses[i].Model; model != "" {
			return model
		}
	}
	return ""
}

// voice returns the voice that was asked for last, "" if the recording does not say.
func (b *builder) voice() string {
	voice := ""
	for _, f := range bodies[*recording.Frame](b.rec) {
		if !strings.HasPrefix(f.Body.Type, "session.") || f.Body.Event == nil {
			continue
		}
		var event struct {
			Session struct {
				Voice json.RawMessage `json:"voice"`
				Audio struct {
					Output struct {
						Voice json.RawMessage `json:"voice"`
					} `json:"output"`
				} `json:"audio"`
			} `json:"session"`
		}
		if json.Unmarshal(f.Body.Event, &event) != nil {
			continue
		}
		for _, raw := range []json.RawMessage{event.Session.Voice, event.Session.Audio.Output.Voice} {
			var name string
			if json.Unmarshal(raw, &name) == nil && name != "" {
				voice = name
			}
		}
	}
	return voice
}

// kept answers what the recording may show, and what the cost leaves out.
func (b *builder) kept() string {
	h := &b.rec.Header
	kept := []string{"structure"}
	names := []struct {
		keep recording.Keep
		name string
	}{
		{recording.KeepText, "text"},
		{recording.KeepTools, "arguments and outputs of tools"},
		{recording.KeepAudio, "sound"},
		{recording.KeepFrames, "whole messages"},
	}
	for _, n := range names {
		if h.Keeps(n.keep) {
			kept = append(kept, n.name)
		}
	}
	text := "Kept: " + strings.Join(kept, ", ") + "."
	if len(h.Mask) > 0 {
		text += " Masked: " + strings.Join(h.Mask, ", ") + "."
	}
	if h.By != "" {
		text += " Written by " + h.By + "."
	}
	if b.o.Title != "" && h.ID != "" {
		text += " " + h.ID
	}
	if left := b.bill.leavesOut(); left != "" {
		text += " " + left
	}
	return text
}

// warnings say what of the recording is missing.
func (b *builder) warnings() []string {
	var all []string
	if t := b.rec.Tail; t != nil {
		all = append(all, fmt.Sprintf("The recording was cut after line %d, at %s: what followed is not known.", t.Line, clock(t.At)))
	}
	if n := len(b.rec.Bad); n > 0 {
		all = append(all, fmt.Sprintf("%s of the recording could not be read; the first is line %d.", plural(n, "line"), b.rec.Bad[0].Line))
	}
	if b.missing {
		all = append(all, "The sound of the recording is missing, or a part of it.")
	}
	return all
}

// figures answer whether the call was good.
func (b *builder) figures() []figure {
	length := figure{Name: "Length", Value: clock1(b.length), Unit: "min"}
	all := []figure{length}
	if waits := b.replies(); len(waits) > 0 {
		slowest := slices.Max(waits)
		if len(waits) == 1 {
			all = append(all, figure{"Reply", seconds(slowest), "s", slowest > badWait})
		} else {
			all = append(all,
				figure{"Median of " + count(int64(len(waits))) + " replies", seconds(median(waits)), "s", median(waits) > badWait},
				figure{"Slowest reply", seconds(slowest), "s", slowest > badWait})
		}
	}
	if n := b.unanswered(); n > 0 {
		all = append(all, figure{"No reply", count(int64(n)), "×", true})
	}
	made, heard := b.spoken()
	if unheard := max(made-heard, 0); unheard > 50*recording.Millisecond {
		all = append(all, figure{"Never heard", sum(unheard), "s", false})
	}
	offline := recording.Micros(0)
	for _, o := range b.tl.Outages {
		offline += o.End - o.Begin
	}
	if offline > 0 {
		all = append(all, figure{"Offline", sum(offline), "s", true})
	}
	if b.bill.priced == 0 && b.bill.note() != "" {
		all = append(all, figure{"Cost", "–", "no price for the model", false})
	}
	if b.bill.priced > 0 {
		all = append(all, figure{"Cost", dollars(b.bill.total), b.bill.note(), false})
	}
	return all
}
