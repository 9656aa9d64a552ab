package usage

import (
	"errors"
	"math"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Tokens is a number of tokens by kind.
type Tokens struct{ Text, Audio, Image int64 }

// Total returns the tokens of all kinds together.
func (t Tokens) Total() int64 { return t.Text + t.Audio + t.Image }

func (t Tokens) add(u Tokens) Tokens {
	return Tokens{t.Text + u.Text, t.Audio + u.Audio, t.Image + u.Image}
}

func (t Tokens) within(u Tokens) bool {
	return t.Text <= u.Text && t.Audio <= u.Audio && t.Image <= u.Image
}

// Count is what a response or a transcript used.
type Count struct {
	// Input is what the model read, cached tokens included.
	Input Tokens
	// Cached is the part of Input that came from the cache.
	Cached Tokens
	// Output is what the model produced. Reasoning is text.
	Output Tokens
	// Audio is the length of the audio, for models that are charged by time.
	Audio time.Duration
}

func (c Count) add(d Count) Count {
	return Count{c.Input.add(d.Input), c.Cached.add(d.Cached), c.Output.add(d.Output), c.Audio + d.Audio}
}

// What a server can get wrong in its counts.
var (
	errInputKinds  = errors.New("input_token_details do not add up to input_tokens")
	errOutputKinds = errors.New("output_token_details exceed output_tokens")
	errCachedKinds = errors.New("cached_tokens_details do not add up to cached_tokens, or exceed the input")
	errNegative    = errors.New("a count is negative or absurdly large")
)

// countResponse reads the counts of a response. With an error they are not
// reliable.
func countResponse(u *api.ResponseUsage) (Count, error) {
	in, out := u.InputTokenDetails, u.OutputTokenDetails
	var c Count
	cached := 0
	if in != nil {
		c.Input = Tokens{int64(in.TextTokens), int64(in.AudioTokens), int64(in.ImageTokens)}
		cached = in.CachedTokens
		if d := in.CachedTokensDetails; d != nil {
			c.Cached = Tokens{int64(d.TextTokens), int64(d.AudioTokens), int64(d.ImageTokens)}
		} else {
			c.Cached = only(c.Input, int64(cached))
		}
	}
	if out != nil {
		c.Output = Tokens{Text: int64(out.TextTokens), Audio: int64(out.AudioTokens)}
	}
	switch {
	case !plausible(c.Input, c.Cached, c.Output) || !plausible(Tokens{int64(u.InputTokens), int64(u.OutputTokens), int64(cached)}):
		return c, errNegative
	case c.Input.Total() != int64(u.InputTokens):
		return c, errInputKinds
	case c.Cached.Total() != int64(cached) || !c.Cached.within(c.Input):
		return c, errCachedKinds
	case c.Output.Total() > int64(u.OutputTokens):
		return c, errOutputKinds
	}
	// What belongs to no kind of output is reasoning that the server left out of text.
	c.Output.Text += int64(u.OutputTokens) - c.Output.Total()
	return c, nil
}

// only returns n tokens of the only kind that t has. Without a single kind it returns no
// tokens.
func only(t Tokens, n int64) Tokens {
	switch t.Total() {
	case 0:
		return Tokens{}
	case t.Text:
		return Tokens{Text: n}
	case t.Audio:
		return Tokens{Audio: n}
	case t.Image:
		return Tokens{Image: n}
	default:
		return Tokens{}
	}
}

func countTranscript(u api.TranscriptionUsage) (Count, error) {
	switch u := u.(type) {
	case *api.TranscriptionDurationUsage:
		return countSeconds(u.Seconds)
	case *api.TranscriptionTokenUsage:
		c := Count{Output: Tokens{Text: int64(u.OutputTokens)}}
		if d := u.InputTokenDetails; d != nil {
			c.Input = Tokens{Text: int64(d.TextTokens), Audio: int64(d.AudioTokens)}
		}
		switch {
		case !plausible(c.Input, c.Output, Tokens{Text: int64(u.InputTokens)}):
			return c, errNegative
		case c.Input.Total() != int64(u.InputTokens):
			return c, errInputKinds
		}
		return c, nil
	default:
		return Count{}, errNoUsage
	}
}

var errNoUsage = errors.New("the server reports neither tokens nor seconds")

func countSeconds(s float64) (Count, error) {
	const year = 366 * 24 * 60 * 60
	if !(s >= 0 && s <= year) {
		return Count{}, errNegative
	}
	return Count{Audio: time.Duration(math.Round(s * float64(time.Second)))}, nil
}

// plausible reports whether all counts can be added up and priced.
func plausible(counts ...Tokens) bool {
	const most = 1 << 40
	for _, t := range counts {
		for _, n := range [...]int64{t.Text, t.Audio, t.Image} {
			if n < 0 || n > most {
				return false
			}
		}
	}
	return true
}
