package codec

import "encoding/json"

// The types in this file are those of a hand-written client with a struct-tag library:
// the members of the frames, pointers for members that may be absent, and raw JSON
// where the API mixes kinds.

type head struct {
	Type string `json:"type"`
}

type plainAudio struct {
	Type         string `json:"type"`
	EventID      string `json:"event_id"`
	ResponseID   string `json:"response_id"`
	ItemID       string `json:"item_id"`
	OutputIndex  int    `json:"output_index"`
	ContentIndex int    `json:"content_index"`
	Delta        []byte `json:"delta"`
}

type plainText struct {
	Type         string `json:"type"`
	EventID      string `json:"event_id"`
	ResponseID   string `json:"response_id"`
	ItemID       string `json:"item_id"`
	OutputIndex  int    `json:"output_index"`
	ContentIndex int    `json:"content_index"`
	Delta        string `json:"delta"`
}

type plainAppend struct {
	EventID string `json:"event_id,omitempty"`
	Type    string `json:"type"`
	Audio   []byte `json:"audio"`
}

type plainCreated struct {
	Type    string       `json:"type"`
	EventID string       `json:"event_id"`
	Session plainSession `json:"session"`
}

type plainSession struct {
	Type             string          `json:"type"`
	Object           string          `json:"object"`
	ID               string          `json:"id"`
	Model            string          `json:"model"`
	OutputModalities []string        `json:"output_modalities,omitempty"`
	Instructions     *string         `json:"instructions,omitempty"`
	Tools            []plainTool     `json:"tools,omitempty"`
	ToolChoice       json.RawMessage `json:"tool_choice,omitempty"`
	MaxOutputTokens  json.RawMessage `json:"max_output_tokens,omitempty"`
	Tracing          json.RawMessage `json:"tracing,omitempty"`
	Truncation       json.RawMessage `json:"truncation,omitempty"`
	Prompt           *plainPrompt    `json:"prompt,omitempty"`
	ExpiresAt        *int64          `json:"expires_at,omitempty"`
	Audio            *plainIO        `json:"audio,omitempty"`
	Include          []string        `json:"include,omitempty"`
}

type plainPrompt struct {
	ID        string                     `json:"id"`
	Version   *string                    `json:"version,omitempty"`
	Variables map[string]json.RawMessage `json:"variables,omitempty"`
}

type plainTool struct {
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Description *string         `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

type plainIO struct {
	Input  *plainInput  `json:"input,omitempty"`
	Output *plainOutput `json:"output,omitempty"`
}

type plainFormat struct {
	Type string `json:"type"`
	Rate int    `json:"rate,omitempty"`
}

type plainInput struct {
	Format         *plainFormat        `json:"format,omitempty"`
	Transcription  *plainTranscription `json:"transcription,omitempty"`
	NoiseReduction *head               `json:"noise_reduction,omitempty"`
	TurnDetection  *plainDetection     `json:"turn_detection,omitempty"`
}

type plainTranscription struct {
	Model    *string `json:"model,omitempty"`
	Language *string `json:"language,omitempty"`
	Prompt   *string `json:"prompt,omitempty"`
}

type plainDetection struct {
	Type              string   `json:"type"`
	Threshold         *float64 `json:"threshold,omitempty"`
	PrefixPaddingMS   *int     `json:"prefix_padding_ms,omitempty"`
	SilenceDurationMS *int     `json:"silence_duration_ms,omitempty"`
	IdleTimeoutMS     *int     `json:"idle_timeout_ms,omitempty"`
	CreateResponse    *bool    `json:"create_response,omitempty"`
	InterruptResponse *bool    `json:"interrupt_response,omitempty"`
}

type plainOutput struct {
	Format *plainFormat    `json:"format,omitempty"`
	Voice  json.RawMessage `json:"voice,omitempty"`
	Speed  *float64        `json:"speed,omitempty"`
}

type plainDone struct {
	Type     string        `json:"type"`
	EventID  string        `json:"event_id"`
	Response plainResponse `json:"response"`
}

type plainResponse struct {
	Object           *string           `json:"object,omitempty"`
	ID               string            `json:"id"`
	Status           string            `json:"status"`
	StatusDetails    *plainDetails     `json:"status_details,omitempty"`
	Output           []plainItem       `json:"output"`
	ConversationID   *string           `json:"conversation_id,omitempty"`
	OutputModalities []string          `json:"output_modalities,omitempty"`
	MaxOutputTokens  json.RawMessage   `json:"max_output_tokens,omitempty"`
	Audio            *plainIO          `json:"audio,omitempty"`
	Usage            *plainUsage       `json:"usage,omitempty"`
	Metadata         map[string]string `json:"metadata,omitempty"`
}

type plainDetails struct {
	Type   string          `json:"type"`
	Reason *string         `json:"reason,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

type plainItem struct {
	ID        *string     `json:"id,omitempty"`
	Type      string      `json:"type"`
	Status    *string     `json:"status,omitempty"`
	Role      string      `json:"role,omitempty"`
	Content   []plainPart `json:"content,omitempty"`
	Name      string      `json:"name,omitempty"`
	CallID    string      `json:"call_id,omitempty"`
	Arguments string      `json:"arguments,omitempty"`
}

type plainPart struct {
	Type       string  `json:"type"`
	Text       *string `json:"text,omitempty"`
	Transcript *string `json:"transcript,omitempty"`
}

type plainUsage struct {
	TotalTokens   int         `json:"total_tokens"`
	InputTokens   int         `json:"input_tokens"`
	OutputTokens  int         `json:"output_tokens"`
	InputDetails  *plainCount `json:"input_token_details,omitempty"`
	OutputDetails *plainCount `json:"output_token_details,omitempty"`
}

type plainCount struct {
	TextTokens    int         `json:"text_tokens"`
	AudioTokens   int         `json:"audio_tokens"`
	ImageTokens   int         `json:"image_tokens"`
	CachedTokens  int         `json:"cached_tokens"`
	CachedDetails *plainCount `json:"cached_tokens_details,omitempty"`
}
