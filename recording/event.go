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
	Input struct {
		Text   int64 `json:"text_tokens"`
		Audio  int64 `json:"audio_tokens"`
		Image  int64 `json:"image_tokens"`
		Cached struct {
			Text  int64 `json:"text_tokens"`
			Audio int64 `json:"audio_tokens"`
			Image int64 `json:"image_tokens"`
		} `json:"cached_tokens_details"`
	} `json:"input_token_details"`
	Output struct {
		Text  int64 `json:"text_tokens"`
		Audio int64 `json:"audio_tokens"`
	} `json:"output_token_details"`
	// Out and Seconds are those of transcripts.
	Out     int64   `json:"output_tokens"`
	Seconds float64 `json:"seconds"`
}

// tokens returns the counts of response.done.
func (u *eventUsage) tokens() Tokens {
	return Tokens{
		Text:  TokenCount{u.Input.Text, u.Input.Cached.Text, u.Output.Text},
		Audio: TokenCount{u.Input.Audio, u.Input.Cached.Audio, u.Output.Audio},
		Image: TokenCount{In: u.Input.Image, Cached: u.Input.Cached.Image},
	}
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
