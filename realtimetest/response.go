package realtimetest

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
)

// response is a response in progress. It does the steps of the script one by
// one, each cut into actions small enough that a cancel can come between.
type response struct {
	s       *session
	id      string
	params  *api.ResponseParams // Not nil.
	apart   bool                // It does not write to the conversation.
	context []*entry            // What the model saw.

	modality api.Modality
	format   audio.Format
	voice    api.VoiceName
	limit    int // Of output tokens; 0 is none.

	steps   []Step
	actions []action
	at      time.Time // When the latest action was due.
	task    *loop.Task
	over    bool

	outputs     []*output
	current     *output // The one that is not complete.
	status      api.ResponseStatus
	details     *api.ResponseStatusDetails
	usage       *api.ResponseUsage
	playing     bool      // A caller hears it.
	playedUntil time.Time // When a listener has heard all audio so far.
}

// action is something that a response does, a time after what it did before.
type action struct {
	wait time.Duration
	do   func()
	hang bool // Nothing happens until a cancel.
}

// output is one output item.
type output struct {
	index     int
	entry     *entry
	text      string // What has been sent of the text or transcript.
	sound     []byte // All of the audio.
	sent      int    // How much of sound has been sent. The item may hold less, once truncated.
	spoken    bool
	arguments string
}

func (s *session) newResponse(p *api.ResponseParams, apart bool, steps []Step) *response {
	if p == nil {
		p = &api.ResponseParams{}
	}
	r := &response{
		s: s, id: s.newID("resp"), params: p, apart: apart, steps: slices.Clone(steps),
		modality: s.modality(), status: api.ResponseStatusInProgress, at: s.cfg.Clock.Now(),
	}
	if len(p.OutputModalities) > 0 {
		r.modality = p.OutputModalities[0]
	}
	out := s.config.Audio.Output
	r.format, r.voice = formatOf(out.Format), api.VoiceName(voiceName(out.Voice))
	if p.Audio != nil && p.Audio.Output != nil {
		if p.Audio.Output.Format != nil {
			r.format = formatOf(p.Audio.Output.Format)
		}
		if p.Audio.Output.Voice != nil {
			r.voice = api.VoiceName(voiceName(p.Audio.Output.Voice))
		}
	}
	if n, ok := r.maxTokens().(api.TokenLimit); ok {
		r.limit = int(n)
	}
	return r
}

func (r *response) maxTokens() api.MaxOutputTokens {
	if r.params.MaxOutputTokens != nil {
		return r.params.MaxOutputTokens
	}
	return r.s.config.MaxOutputTokens
}

// object is the response as events show it.
func (r *response) object() api.Response {
	o := api.Response{
		ID: r.id, Object: new("realtime.response"), Status: r.status,
		StatusDetails: api.NullOf[api.ResponseStatusDetails](),
		Output:        []api.Item{},
		Metadata:      r.params.Metadata,
		Usage:         api.NullOf[api.ResponseUsage](),
		Audio: &api.ResponseAudio{Output: &api.ResponseAudioOutput{
			Format: wireFormat(r.format), Voice: r.voice,
		}},
		ConversationID:   api.Value(r.s.conversationID()),
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

func wireFormat(f audio.Format) api.AudioFormat {
	switch f.Encoding {
	case audio.MuLaw:
		return &api.AudioPCMU{}
	case audio.ALaw:
		return &api.AudioPCMA{}
	default:
		return &api.AudioPCM{}
	}
}

func (s *session) conversationID() string { return "conv_" + s.conn.id[len("sess_"):] }

// schedule sees to it that the next action is done in its time.
func (r *response) schedule() {
	for len(r.actions) == 0 {
		if len(r.steps) == 0 {
			r.actions = []action{{do: func() { r.finish(api.ResponseStatusCompleted, nil) }}}
			break
		}
		step := r.steps[0]
		r.steps = r.steps[1:]
		r.actions = r.expand(step)
	}
	next := r.actions[0]
	r.actions = r.actions[1:]
	if next.hang {
		return
	}
	// Counted from when the last action was due, not from when it was done, so
	// that late timers do not add up.
	r.at = r.at.Add(next.wait)
	r.task = r.s.after(r.at.Sub(r.s.cfg.Clock.Now()), func() {
		next.do()
		if !r.over && !r.s.ended {
			r.schedule()
		}
	})
}

// expand returns the actions of a step.
func (r *response) expand(step Step) []action {
	once := func(do func()) []action { return []action{{do: do}} }
	switch step := step.(type) {
	case Say:
		if r.modality == api.ModalityText {
			return r.write(step)
		}
		return r.speak(step)
	case Call:
		return r.call(step)
	case MCPCall:
		return r.callMCP(step)
	case Wait:
		return []action{{wait: time.Duration(step), do: func() {}}}
	case Hang:
		return []action{{hang: true}}
	case Stop:
		return once(func() {
			r.finish(api.ResponseStatusIncomplete, &api.ResponseStatusDetails{
				Type: api.ResponseStatusDetailsTypeIncomplete, Reason: new(api.ResponseStatusReason(step)),
			})
		})
	case Fail:
		return once(func() { r.fail(step) })
	case Refuse:
		return once(func() { r.s.fail(new(api.Error(step)), "") })
	case Emit:
		return once(func() { r.s.emitForeign(step.Event) })
	case HangUp:
		return once(func() { r.s.close(step.Code, step.Reason) })
	case Send:
		return once(func() { r.s.sendRaw(step.Data) })
	case Cut:
		return once(r.s.cut)
	case Stall:
		return once(func() { r.s.stall(time.Duration(step)) })
	}
	return once(func() {})
}

func (r *response) fail(f Fail) {
	if f.Type == "" {
		f.Type = "server_error"
	}
	e := api.ResponseError{Type: new(f.Type)}
	if f.Code != "" {
		e.Code = new(f.Code)
	}
	if f.Message != "" {
		e.Message = new(f.Message)
	}
	r.finish(api.ResponseStatusFailed, &api.ResponseStatusDetails{
		Type: api.ResponseStatusDetailsTypeFailed, Error: api.Value(e),
	})
}

// finish ends the response: what was begun is completed or left incomplete,
// and response.done tells the outcome.
func (r *response) finish(status api.ResponseStatus, details *api.ResponseStatusDetails) {
	if r.over {
		return
	}
	r.over = true
	r.task.Cancel()
	if r.current != nil {
		r.end(api.ItemStatusIncomplete)
	}
	s := r.s
	s.responses = slices.DeleteFunc(s.responses, func(x *response) bool { return x == r })
	r.status, r.details = status, details
	usage := s.spend(r)
	r.usage = &usage
	s.emit(&api.ResponseDone{EventID: s.newID("event"), Response: r.object()})
	r.playedOut()
	if !s.cfg.NoRateLimits {
		limits := append([]api.RateLimit(nil), s.usage.limits...)
		s.emit(&api.RateLimitsUpdated{EventID: s.newID("event"), RateLimits: limits})
	}
	if !r.apart {
		s.idleSoon(r)
	}
}

// spent ends the response when it has used up its tokens.
func (r *response) spent() {
	if r.limit == 0 || r.over {
		return
	}
	if text, sound := r.outputTokens(); text+sound < r.limit {
		return
	}
	r.finish(api.ResponseStatusIncomplete, &api.ResponseStatusDetails{
		Type: api.ResponseStatusDetailsTypeIncomplete, Reason: new(api.ResponseStatusReasonMaxOutputTokens),
	})
}
