package realtimetest

import "github.com/voicelane/realtime-go/gen/api"

// Rates of token counting. The service's own are not public; these are similar.
// Clients depend on the sums.
const (
	bytesPerToken   = 4
	inputMSPerToken = 100
	soundMSPerToken = 50
	imageTokens     = 85
)

// tokens are numbers of tokens by modality.
type tokens struct{ text, sound, image int }

func (t tokens) total() int { return t.text + t.sound + t.image }

// usageState counts the tokens of a session.
type usageState struct {
	limits []api.RateLimit
	cached tokens // The input of the latest response, which the next one has cached.
}

func textTokens(s string) int { return (len(s) + bytesPerToken - 1) / bytesPerToken }

// spend counts a response against the limits and returns its usage.
func (u *usageState) spend(in, out tokens) api.ResponseUsage {
	cached := tokens{min(in.text, u.cached.text), min(in.sound, u.cached.sound), min(in.image, u.cached.image)}
	u.cached = in
	usage := api.ResponseUsage{
		InputTokens: in.total(), OutputTokens: out.total(), TotalTokens: in.total() + out.total(),
		InputTokenDetails: &api.InputTokenDetails{
			TextTokens: in.text, AudioTokens: in.sound, ImageTokens: in.image, CachedTokens: cached.total(),
			CachedTokensDetails: &api.CachedTokenDetails{
				TextTokens: cached.text, AudioTokens: cached.sound, ImageTokens: cached.image,
			},
		},
		OutputTokenDetails: &api.OutputTokenDetails{TextTokens: out.text, AudioTokens: out.sound},
	}
	for i := range u.limits {
		l := &u.limits[i]
		used := 1
		if l.Name == api.RateLimitNameTokens {
			used = usage.TotalTokens
		}
		l.Remaining = max(l.Remaining-used, 0)
	}
	return usage
}

// contextTokens counts the items that the model sees.
func contextTokens(context []*entry) tokens {
	var t tokens
	for _, e := range context {
		t.sound += e.format.Milliseconds(e.length) / inputMSPerToken
		switch item := e.item.(type) {
		case *api.SystemMessage:
			for _, part := range item.Content {
				t.text += textTokens(part.Text)
			}
		case *api.UserMessage:
			for _, part := range item.Content {
				t.text += optionalTokens(part.Text)
				if part.ImageURL != nil {
					t.image += imageTokens
				}
			}
		case *api.AssistantMessage:
			for _, part := range item.Content {
				t.text += optionalTokens(part.Text) + optionalTokens(part.Transcript)
			}
		case *api.FunctionCall:
			t.text += textTokens(item.Name) + textTokens(item.Arguments)
		case *api.FunctionCallOutput:
			t.text += textTokens(item.Output)
		default: // Items of MCP are not counted.
		}
	}
	return t
}

func optionalTokens(s *string) int {
	if s == nil {
		return 0
	}
	return textTokens(*s)
}

// transcriptionUsage returns the usage of a transcript: seconds for the one model
// that is billed by duration, tokens for the others.
func transcriptionUsage(model api.TranscriptionModel, e *entry, text string) api.TranscriptionUsage {
	if model == api.TranscriptionModelWhisper1 {
		return &api.TranscriptionDurationUsage{Seconds: e.format.Duration(e.length).Seconds()}
	}
	in, out := e.format.Milliseconds(e.length)/inputMSPerToken, textTokens(text)
	return &api.TranscriptionTokenUsage{
		InputTokens: in, OutputTokens: out, TotalTokens: in + out,
		InputTokenDetails: &api.TranscriptionTokenDetails{AudioTokens: in},
	}
}
