// Package usage counts the tokens of a session and charges them to its rate limits.
//
// Tokens of input are counted by [Item], [Text] and [Input], those of output by [Text]
// and [Speech]. [State] adds up responses.
package usage

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Rates of token counting. The service's own are not public; these are similar.
// Clients depend on the sums.
const (
	bytesPerToken  = 4
	inputPerToken  = 100 * time.Millisecond
	speechPerToken = 50 * time.Millisecond
	imageTokens    = 85
)

// Tokens are numbers of tokens by modality.
type Tokens struct{ Text, Sound, Image int }

// Total returns the sum.
func (t Tokens) Total() int { return t.Text + t.Sound + t.Image }

// Text counts a text.
func Text(s string) int { return (len(s) + bytesPerToken - 1) / bytesPerToken }

// Optional counts a text that may be nil.
func Optional(s *string) int {
	if s == nil {
		return 0
	}
	return Text(*s)
}

// Input counts audio of the user.
func Input(d time.Duration) int { return int(d / inputPerToken) }

// Speech counts audio of the model.
func Speech(d time.Duration) int { return int((d + speechPerToken - 1) / speechPerToken) }

// Item counts an item without its audio.
func Item(item api.Item) Tokens {
	var t Tokens
	switch item := item.(type) {
	case *api.SystemMessage:
		for _, part := range item.Content {
			t.Text += Text(part.Text)
		}
	case *api.UserMessage:
		for _, part := range item.Content {
			t.Text += Optional(part.Text)
			if part.ImageURL != nil {
				t.Image += imageTokens
			}
		}
	case *api.AssistantMessage:
		for _, part := range item.Content {
			t.Text += Optional(part.Text) + Optional(part.Transcript)
		}
	case *api.FunctionCall:
		t.Text += Text(item.Name) + Text(item.Arguments)
	case *api.FunctionCallOutput:
		t.Text += Text(item.Output)
	default: // Items of MCP are not counted.
	}
	return t
}

// Transcription returns the usage of a transcript of audio: seconds for models that are
// charged by the length of the audio, tokens for the others.
func Transcription(model api.TranscriptionModel, d time.Duration, text string) api.TranscriptionUsage {
	switch model {
	case api.TranscriptionModelWhisper1, api.TranscriptionModelGPTRealtimeWhisper,
		api.TranscriptionModelGPTTranscribe, api.TranscriptionModelGPTLiveTranscribe:
		return &api.TranscriptionDurationUsage{Seconds: d.Seconds()}
	default:
		in, out := Input(d), Text(text)
		return &api.TranscriptionTokenUsage{
			InputTokens: in, OutputTokens: out, TotalTokens: in + out,
			InputTokenDetails: &api.TranscriptionTokenDetails{AudioTokens: in},
		}
	}
}

// State counts the tokens of a session. It is not safe for concurrent use.
type State struct {
	Limits []api.RateLimit
	cached Tokens // The input of the latest response, which the next one has cached.
}

// Spend counts a response against the limits and returns its usage.
func (u *State) Spend(in, out Tokens) api.ResponseUsage {
	cached := Tokens{min(in.Text, u.cached.Text), min(in.Sound, u.cached.Sound), min(in.Image, u.cached.Image)}
	u.cached = in
	usage := api.ResponseUsage{
		InputTokens: in.Total(), OutputTokens: out.Total(), TotalTokens: in.Total() + out.Total(),
		InputTokenDetails: &api.InputTokenDetails{
			TextTokens: in.Text, AudioTokens: in.Sound, ImageTokens: in.Image, CachedTokens: cached.Total(),
			CachedTokensDetails: &api.CachedTokenDetails{
				TextTokens: cached.Text, AudioTokens: cached.Sound, ImageTokens: cached.Image,
			},
		},
		OutputTokenDetails: &api.OutputTokenDetails{TextTokens: out.Text, AudioTokens: out.Sound},
	}
	for i := range u.Limits {
		l := &u.Limits[i]
		used := 1
		if l.Name == api.RateLimitNameTokens {
			used = usage.TotalTokens
		}
		l.Remaining = max(l.Remaining-used, 0)
	}
	return usage
}
