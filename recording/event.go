package recording

import (
	"encoding/json"

	"github.com/voicelane/realtime-go/recording/internal/redact"
)

// event is what the timeline reads of a message. Members of another type than expected
// are left empty.
type event struct {
	Type         string `json:"type"`
	EventID      string `json:"event_id"`
	ItemID       string `json:"item_id"`
	ResponseID   string `json:"response_id"`
	CallID       string `json:"call_id"`
	Name         string `json:"name"`
	ContentIndex int    `json:"content_index"`
	Transcript   string `json:"transcript"`
	Arguments    string `json:"arguments"`
	AudioStartMS *int64 `json:"audio_start_ms"`
	AudioEndMS   *int64 `json:"audio_end_ms"`

	Item     eventItem       `json:"item"`
	Response eventResponse   `json:"response"`
	Error    eventError      `json:"error"`
	Session  json.RawMessage `json:"session"`
	Usage    *eventUsage     `json:"usage"` // of a transcript
}

type eventItem struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Role   string `json:"role"`
	Name   string `json:"name"`
	CallID string `json:"call_id"`
	Output string `json:"output"`
}

type eventResponse struct {
	ID      string      `json:"id"`
	Status  string      `json:"status"`
	Output  []eventItem `json:"output"`
	Details struct {
		Reason string     `json:"reason"`
		Error  eventError `json:"error"`
	} `json:"status_details"`
	Usage *eventUsage `json:"usage"`
}

type eventError struct {
	Type    string `json:"type"`
	Code    string `json:"code"`
	Param   string `json:"param"`
	Message string `json:"message"`
	EventID string `json:"event_id"`
}

type eventUsage struct {
	In    int64 `json:"input_tokens"`
	Input struct {
		eventTokens
		Cached  int64        `json:"cached_tokens"`
		Details *eventTokens `json:"cached_tokens_details"`
	} `json:"input_token_details"`
	Out     int64       `json:"output_tokens"`
	Output  eventTokens `json:"output_token_details"`
	Seconds float64     `json:"seconds"` // of a transcript
}

type eventTokens struct {
	Text  int64 `json:"text_tokens"`
	Audio int64 `json:"audio_tokens"`
	Image int64 `json:"image_tokens"`
}

func (t eventTokens) sum() int64 { return t.Text + t.Audio + t.Image }

// within reports whether no count is negative or above that of another.
func (t eventTokens) within(u eventTokens) bool {
	return min(t.Text, t.Audio, t.Image) >= 0 && t.Text <= u.Text && t.Audio <= u.Audio && t.Image <= u.Image
}

// tokens returns the counts of response.done, and whether they contradict each other, by
// the rules of package usage: cached tokens without kinds are of the only kind of the
// input, and output without a kind is reasoning, which is text.
func (u *eventUsage) tokens() (t Tokens, contradict bool) {
	in, out := u.Input.eventTokens, eventTokens{Text: u.Output.Text, Audio: u.Output.Audio}
	var cached eventTokens
	switch {
	case u.Input.Details != nil:
		cached = *u.Input.Details
	case in.Text == in.sum():
		cached.Text = u.Input.Cached
	case in.Audio == in.sum():
		cached.Audio = u.Input.Cached
	case in.Image == in.sum():
		cached.Image = u.Input.Cached
	}
	contradict = in.sum() != u.In || cached.sum() != u.Input.Cached || !cached.within(in) || !out.within(out) || out.sum() > u.Out
	if !contradict {
		out.Text = u.Out - out.Audio
	}
	return Tokens{
		Text:  TokenCount{in.Text, cached.Text, out.Text},
		Audio: TokenCount{in.Audio, cached.Audio, out.Audio},
		Image: TokenCount{In: in.Image, Cached: cached.Image},
	}, contradict
}

// decode returns the event of a frame, the zero event if there is none.
func (f *Frame) decode() event {
	e := event{Type: f.Type}
	if f.Event != nil {
		_ = json.Unmarshal(f.Event, &e) // What does not fit is left out.
	}
	return e
}

// keptText returns a text, and "" for a length in the place of one that was not kept.
func keptText(text string) string {
	if redact.IsLength(text) {
		return ""
	}
	return text
}
