package realtimetest

import (
	"github.com/voicelane/realtime-go/gen/api"
)

// Rates at which the server counts tokens. The service's own are not public;
// these are near to it, and what matters to a client is that sums are right.
const (
	bytesPerToken   = 4
	inputMSPerToken = 100
	soundMSPerToken = 50
	imageTokens     = 85
)

// tokens are counted by modality.
type tokens struct{ text, sound, image int }

func (t tokens) total() int { return t.text + t.sound + t.image }

// usageState is what a session has used.
type usageState struct {
	limits []api.RateLimit
	seen   tokens // The input of the latest response, which the next finds cached.
}

func textTokens(s string) int { return (len(s) + bytesPerToken - 1) / bytesPerToken }

// spend counts a response: its usage, and what is left of the limits.
func (s *session) spend(r *response) api.ResponseUsage {
	in := s.inputTokens(r)
	cached := tokens{min(in.text, s.usage.seen.text), min(in.sound, s.usage.seen.sound), min(in.image, s.usage.seen.image)}
	s.usage.seen = in
	text, sound := r.outputTokens()
	u := api.ResponseUsage{
		InputTokens: in.total(), OutputTokens: text + sound, TotalTokens: in.total() + text + sound,
		InputTokenDetails: &api.InputTokenDetails{
			TextTokens: in.text, AudioTokens: in.sound, ImageTokens: in.image, CachedTokens: cached.total(),
			CachedTokensDetails: &api.CachedTokenDetails{
				TextTokens: cached.text, AudioTokens: cached.sound, ImageTokens: cached.image,
			},
		},
		OutputTokenDetails: &api.OutputTokenDetails{TextTokens: text, AudioTokens: sound},
	}
	for i := range s.usage.limits {
		l := &s.usage.limits[i]
		used := 1
		if l.Name == api.RateLimitNameTokens {
			used = u.TotalTokens
		}
		l.Remaining = max(l.Remaining-used, 0)
	}
	return u
}

// inputTokens counts what the model saw.
func (s *session) inputTokens(r *response) tokens {
	var t tokens
	instructions := s.config.Instructions
	if r.params.Instructions != nil {
		instructions = r.params.Instructions
	}
	t.text += textTokens(or(instructions, ""))
	for _, e := range r.context {
		t.sound += e.format.Milliseconds(len(e.sound)) / inputMSPerToken
		switch item := e.item.(type) {
		case *api.SystemMessage:
			for _, part := range item.Content {
				t.text += textTokens(part.Text)
			}
		case *api.UserMessage:
			for _, part := range item.Content {
				t.text += textTokens(or(part.Text, ""))
				if part.ImageURL != nil {
					t.image += imageTokens
				}
			}
		case *api.AssistantMessage:
			for _, part := range item.Content {
				t.text += textTokens(or(part.Text, "")) + textTokens(or(part.Transcript, ""))
			}
		case *api.FunctionCall:
			t.text += textTokens(item.Name) + textTokens(item.Arguments)
		case *api.FunctionCallOutput:
			t.text += textTokens(item.Output)
		default: // What MCP items cost is not counted.
		}
	}
	return t
}

// outputTokens counts what the response has sent so far.
func (r *response) outputTokens() (text, sound int) {
	for _, o := range r.outputs {
		text += textTokens(o.text) + textTokens(o.arguments)
		sound += (o.entry.format.Milliseconds(o.sent) + soundMSPerToken - 1) / soundMSPerToken
	}
	return text, sound
}

// transcriptionUsage counts a transcript: in seconds for the one model that is
// charged by them, in tokens for others.
func (s *session) transcriptionUsage(e *entry, text string) api.TranscriptionUsage {
	if s.transcriber() == api.TranscriptionModelWhisper1 {
		return &api.TranscriptionDurationUsage{Seconds: e.format.Duration(len(e.sound)).Seconds()}
	}
	in, out := e.format.Milliseconds(len(e.sound))/inputMSPerToken, textTokens(text)
	return &api.TranscriptionTokenUsage{
		InputTokens: in, OutputTokens: out, TotalTokens: in + out,
		InputTokenDetails: &api.TranscriptionTokenDetails{AudioTokens: in},
	}
}
