package realtimetest

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
	"github.com/voicelane/realtime-go/realtimetest/internal/usage"
)

// response is a response in progress. It belongs to the session's goroutine.
type response struct {
	*core
	settings *settings.Session
	items    *conversation
	phone    *PhoneCall      // Not nil on a call.
	finished func(*response) // Called once, when status and details are final.

	id      string
	params  *api.ResponseParams // Not nil.
	apart   bool                // It does not write to the conversation.
	context []*entry            // What the model sees.

	modality api.Modality
	format   audio.Format
	voice    api.VoiceName
	limit    int // Of output tokens; 0 is none.

	task        *loop.Task // The next action.
	over        bool
	outputs     []*output
	current     *output // The incomplete one.
	status      api.ResponseStatus
	details     *api.ResponseStatusDetails
	usage       *api.ResponseUsage
	playing     bool      // The caller has heard some of it.
	playedUntil time.Time // When playback of the audio so far ends.
}

// output is an output item of a response.
type output struct {
	index     int
	entry     *entry
	text      string // The part of the text or transcript that was sent.
	sound     []byte // All of the audio.
	sent      int    // How much of sound was sent. A truncated item holds less.
	spoken    bool
	arguments string
}

// choose sets modality, format, voice and limit by the parameters and the session.
func (r *response) choose() {
	r.modality = r.settings.Modality()
	if len(r.params.OutputModalities) > 0 {
		r.modality = r.params.OutputModalities[0]
	}
	out := r.settings.Realtime.Audio.Output
	r.format, r.voice = settings.FormatOf(out.Format), api.VoiceName(settings.VoiceName(out.Voice))
	if r.params.Audio != nil && r.params.Audio.Output != nil {
		own := r.params.Audio.Output
		if own.Format != nil {
			r.format = settings.FormatOf(own.Format)
		}
		if own.Voice != nil {
			r.voice = api.VoiceName(settings.VoiceName(own.Voice))
		}
	}
	if n, ok := r.maxTokens().(api.TokenLimit); ok {
		r.limit = int(n)
	}
}

func (r *response) maxTokens() api.MaxOutputTokens {
	if r.params.MaxOutputTokens != nil {
		return r.params.MaxOutputTokens
	}
	return r.settings.Realtime.MaxOutputTokens
}

// object returns the response as events show it.
func (r *response) object() api.Response {
	o := api.Response{
		ID: r.id, Object: new("realtime.response"), Status: r.status,
		StatusDetails: api.NullOf[api.ResponseStatusDetails](),
		Output:        []api.Item{},
		Metadata:      r.params.Metadata,
		Usage:         api.NullOf[api.ResponseUsage](),
		Audio: &api.ResponseAudio{Output: &api.ResponseAudioOutput{
			Format: settings.WireFormat(r.format), Voice: r.voice,
		}},
		ConversationID:   api.Value("conv_" + r.suffix()),
		OutputModalities: []api.Modality{r.modality},
		MaxOutputTokens:  r.maxTokens(),
	}
	if r.apart {
		o.ConversationID = api.NullOf[string]()
	}
	if o.Metadata.IsZero() {
		o.Metadata = api.NullOf[api.Metadata]()
	}
	if r.details != nil {
		o.StatusDetails = api.Value(*r.details)
	}
	if r.usage != nil {
		o.Usage = api.Value(*r.usage)
	}
	for _, out := range r.outputs {
		o.Output = append(o.Output, out.entry.item)
	}
	return o
}

// finish ends the response. It completes the output items or leaves the current one
// incomplete.
func (r *response) finish(status api.ResponseStatus, details *api.ResponseStatusDetails) {
	if r.over {
		return
	}
	r.over = true
	r.task.Cancel()
	if r.current != nil {
		r.end(api.ItemStatusIncomplete)
	}
	r.status, r.details = status, details
	r.finished(r)
}

// checkLimit ends the response if it has used up its tokens.
func (r *response) checkLimit() {
	if r.limit == 0 || r.over || r.outputTokens().Total() < r.limit {
		return
	}
	r.finish(api.ResponseStatusIncomplete, &api.ResponseStatusDetails{
		Type: api.ResponseStatusDetailsTypeIncomplete, Reason: new(api.ResponseStatusReasonMaxOutputTokens),
	})
}

// inputTokens counts what the model sees.
func (r *response) inputTokens() usage.Tokens {
	var t usage.Tokens
	for _, e := range r.context {
		of := usage.Item(e.item)
		t.Text, t.Image = t.Text+of.Text, t.Image+of.Image
		t.Sound += usage.Input(e.format.Duration(e.length))
	}
	instructions := r.settings.Realtime.Instructions
	if r.params.Instructions != nil {
		instructions = r.params.Instructions
	}
	t.Text += usage.Optional(instructions)
	return t
}

// outputTokens counts what the response has sent so far.
func (r *response) outputTokens() usage.Tokens {
	var t usage.Tokens
	for _, o := range r.outputs {
		t.Text += usage.Text(o.text) + usage.Text(o.arguments)
		t.Sound += usage.Speech(o.entry.format.Duration(o.sent))
	}
	return t
}
