package realtimetest

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
)

// begin opens an output item.
func (r *response) begin(item api.Item, id string) *output {
	s := r.s
	o := &output{index: len(r.outputs), entry: &entry{id: id, item: item, format: r.format}}
	r.outputs = append(r.outputs, o)
	r.current = o
	s.emit(&api.ResponseOutputItemAdded{
		EventID: s.newID("event"), ResponseID: r.id, OutputIndex: o.index, Item: item,
	})
	if !r.apart {
		before, _ := s.items.insert(o.entry, nil)
		s.emit(&api.ConversationItemAdded{EventID: s.newID("event"), PreviousItemID: optionalID(before), Item: item})
	}
	return o
}

// beginMessage opens a message and its only content part.
func (r *response) beginMessage(spoken bool) *output {
	s := r.s
	id := s.newID("item")
	o := r.begin(&api.AssistantMessage{
		ID: new(id), Object: objectItem(), Status: new(api.ItemStatusInProgress), Content: []api.AssistantContent{},
	}, id)
	o.spoken = spoken
	o.entry.item = o.message(api.ItemStatusInProgress)
	s.emit(&api.ResponseContentPartAdded{
		EventID: s.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index, Part: o.part(),
	})
	return o
}

// message is the item with what has been sent so far.
func (o *output) message(status api.ItemStatus) *api.AssistantMessage {
	part := api.AssistantContent{Type: api.AssistantContentTypeOutputText, Text: new(o.text)}
	if o.spoken {
		part = api.AssistantContent{Type: api.AssistantContentTypeOutputAudio, Transcript: new(o.text)}
	}
	return &api.AssistantMessage{
		ID: new(o.entry.id), Object: objectItem(), Status: new(status), Content: []api.AssistantContent{part},
	}
}

// part is the content as the content part events show it.
func (o *output) part() api.ContentPart {
	if o.spoken {
		return api.ContentPart{Type: api.ContentPartTypeAudio, Transcript: new(o.text)}
	}
	return api.ContentPart{Type: api.ContentPartTypeText, Text: new(o.text)}
}

// end closes the current output item.
func (r *response) end(status api.ItemStatus) {
	s, o := r.s, r.current
	r.current = nil
	id := o.entry.id
	switch item := o.entry.item.(type) {
	case *api.AssistantMessage:
		r.endContent(o)
		if o.entry.short {
			kept := *item
			kept.Status = new(status)
			o.entry.item = &kept
			break
		}
		o.entry.item = o.message(status)
	case *api.FunctionCall:
		done := *item
		done.Status, done.Arguments = new(status), o.arguments
		if status == api.ItemStatusCompleted {
			s.emit(&api.ResponseFunctionCallArgumentsDone{
				EventID: s.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index,
				CallID: done.CallID, Name: done.Name, Arguments: done.Arguments,
			})
		}
		o.entry.item = &done
	default: // A response begins no other items.
	}
	s.emit(&api.ResponseOutputItemDone{
		EventID: s.newID("event"), ResponseID: r.id, OutputIndex: o.index, Item: o.entry.item,
	})
	if _, there := s.items.byID[id]; there && !r.apart {
		before := s.items.before(id)
		s.emit(&api.ConversationItemDone{
			EventID: s.newID("event"), PreviousItemID: optionalID(before), Item: o.entry.item,
		})
	}
}

func (r *response) endContent(o *output) {
	s, id := r.s, o.entry.id
	if o.spoken {
		s.emit(&api.ResponseOutputAudioDone{
			EventID: s.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index,
		})
		s.emit(&api.ResponseOutputAudioTranscriptDone{
			EventID: s.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index, Transcript: o.text,
		})
	} else {
		s.emit(&api.ResponseOutputTextDone{
			EventID: s.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index, Text: o.text,
		})
	}
	s.emit(&api.ResponseContentPartDone{
		EventID: s.newID("event"), ResponseID: r.id, ItemID: id, OutputIndex: o.index, Part: o.part(),
	})
}

// write answers in text.
func (r *response) write(say Say) []action {
	var o *output
	actions := []action{{do: func() { o = r.beginMessage(false) }}}
	for _, word := range words(say.Text) {
		actions = append(actions, action{do: func() {
			o.text += word
			o.entry.item = o.message(api.ItemStatusInProgress)
			r.s.emit(&api.ResponseOutputTextDelta{
				EventID: r.s.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index,
				Delta: word, Obfuscation: new(obfuscation(word)),
			})
			r.spent()
		}})
	}
	return append(actions, action{do: func() { r.end(api.ItemStatusCompleted) }})
}

// speak answers in audio with its transcript: before each piece of sound come
// the words that it begins.
func (r *response) speak(say Say) []action {
	sound := say.Audio
	if sound == nil {
		sound = Tone(speakingTime(say.Text))
	}
	sound = audio.Convert(sound, audio.PCM24k, r.format)
	size := max(r.format.Bytes(r.s.cfg.Chunk), r.format.SampleSize())
	pieces := slices.Collect(slices.Chunk(sound, size))
	text := words(say.Text)

	var o *output
	actions := []action{{do: func() {
		o = r.beginMessage(true)
		o.sound = sound
		r.s.spoke = true
		r.playedUntil = r.s.cfg.Clock.Now()
	}}}
	said := 0
	for i, piece := range pieces {
		upTo := (len(text)*(i+1) + len(pieces) - 1) / len(pieces)
		with := text[said:upTo]
		said = upTo
		wait := time.Duration(0)
		if i > 0 {
			wait = r.pace(len(pieces[i-1]))
		}
		actions = append(actions, action{wait: wait, do: func() { r.sendSound(o, with, piece) }})
	}
	if len(pieces) == 0 {
		actions = append(actions, action{do: func() { r.sendWords(o, text) }})
	}
	return append(actions, action{do: func() { r.end(api.ItemStatusCompleted) }})
}

// speakingTime is about how long it takes to say text.
func speakingTime(text string) time.Duration {
	return 300*time.Millisecond + time.Duration(utf8.RuneCountInString(text))*60*time.Millisecond
}

// pace is the time to wait after a piece of sound of n bytes.
func (r *response) pace(n int) time.Duration {
	return r.s.cfg.playing(r.format.Duration(n))
}

func (r *response) sendSound(o *output, words []string, piece []byte) {
	r.sendWords(o, words)
	o.sent += len(piece)
	if !o.entry.short {
		o.entry.sound = o.sound[:o.sent]
	}
	r.playedUntil = r.playedUntil.Add(r.format.Duration(len(piece)))
	if r.play(piece) {
		r.spent()
		return
	}
	r.s.emit(&api.ResponseOutputAudioDelta{
		EventID: r.s.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index, Delta: piece,
	})
	r.spent()
}

func (r *response) sendWords(o *output, words []string) {
	for _, word := range words {
		o.text += word
		r.s.emit(&api.ResponseOutputAudioTranscriptDelta{
			EventID: r.s.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index,
			Delta: word, Obfuscation: new(obfuscation(word)),
		})
	}
	if !o.entry.short {
		o.entry.item = o.message(api.ItemStatusInProgress)
	}
}

// call answers with a function call.
func (r *response) call(c Call) []action {
	if c.Arguments == "" {
		c.Arguments = "{}"
	}
	var o *output
	actions := []action{{do: func() {
		if c.ID == "" {
			c.ID = r.s.newID("call")
		}
		id := r.s.newID("item")
		o = r.begin(&api.FunctionCall{
			ID: new(id), Object: objectItem(), Status: new(api.ItemStatusInProgress), CallID: c.ID, Name: c.Name,
		}, id)
	}}}
	for _, piece := range pieces(c.Arguments) {
		actions = append(actions, action{do: func() {
			o.arguments += piece
			r.s.emit(&api.ResponseFunctionCallArgumentsDelta{
				EventID: r.s.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index,
				CallID: c.ID, Delta: piece, Obfuscation: new(obfuscation(piece)),
			})
			r.spent()
		}})
	}
	return append(actions, action{do: func() { r.end(api.ItemStatusCompleted) }})
}

// pieces cuts text into deltas without cutting a character.
func pieces(text string) []string {
	const size = 12
	var out []string
	for len(text) > size {
		n := size
		for !utf8.RuneStart(text[n]) {
			n--
		}
		out = append(out, text[:n])
		text = text[n:]
	}
	return append(out, text)
}
