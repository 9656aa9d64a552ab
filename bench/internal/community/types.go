package community

// Session is the configuration of a conversation.
type Session struct {
	ID               string       `json:"id"`
	Object           string       `json:"object"`
	ExpiresAt        int64        `json:"expires_at"`
	Model            string       `json:"model"`
	OutputModalities []string     `json:"output_modalities,omitempty"`
	Instructions     string       `json:"instructions,omitempty"`
	Audio            *Audio       `json:"audio,omitempty"`
	Tools            []ToolUnion  `json:"tools,omitempty"`
	ToolChoice       *ToolChoice  `json:"tool_choice,omitempty"`
	MaxOutputTokens  Limit        `json:"max_output_tokens,omitempty"`
	Tracing          *Tracing     `json:"tracing,omitempty"`
	Truncation       *Truncation  `json:"truncation,omitempty"`
	Prompt           *PromptValue `json:"prompt,omitempty"`
	Include          []string     `json:"include,omitempty"`
}

// TranscriptionSession is the configuration of a transcription.
type TranscriptionSession struct {
	ID        string   `json:"id"`
	Object    string   `json:"object"`
	ExpiresAt int64    `json:"expires_at"`
	Audio     *Audio   `json:"audio,omitempty"`
	Include   []string `json:"include,omitempty"`
}

// Audio configures audio input and output.
type Audio struct {
	Input  *AudioInput  `json:"input,omitempty"`
	Output *AudioOutput `json:"output,omitempty"`
}

// AudioInput configures audio input.
type AudioInput struct {
	Format         *Format        `json:"format,omitempty"`
	Transcription  *Transcription `json:"transcription,omitempty"`
	NoiseReduction *kind          `json:"noise_reduction,omitempty"`
	TurnDetection  *Detection     `json:"turn_detection,omitempty"`
}

// AudioOutput configures audio output.
type AudioOutput struct {
	Format *Format `json:"format,omitempty"`
	Voice  string  `json:"voice,omitempty"`
	Speed  float64 `json:"speed,omitempty"`
}

// PCM is the PCM format.
type PCM struct {
	Rate int `json:"rate,omitempty"`
}

// Transcription configures the transcription of the input.
type Transcription struct {
	Model    string `json:"model,omitempty"`
	Language string `json:"language,omitempty"`
	Prompt   string `json:"prompt,omitempty"`
}

// ServerVAD configures speech detection by energy.
type ServerVAD struct {
	Threshold         float64 `json:"threshold,omitempty"`
	PrefixPaddingMs   int     `json:"prefix_padding_ms,omitempty"`
	SilenceDurationMs int     `json:"silence_duration_ms,omitempty"`
	IdleTimeoutMs     int     `json:"idle_timeout_ms,omitempty"`
	CreateResponse    *bool   `json:"create_response,omitempty"`
	InterruptResponse *bool   `json:"interrupt_response,omitempty"`
}

// SemanticVAD configures speech detection by meaning.
type SemanticVAD struct {
	Eagerness         string `json:"eagerness,omitempty"`
	CreateResponse    *bool  `json:"create_response,omitempty"`
	InterruptResponse *bool  `json:"interrupt_response,omitempty"`
}

// Function is a function tool of the program.
type Function struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Parameters  any    `json:"parameters"`
}

// MCP is an MCP server with tools.
type MCP struct {
	ServerLabel  string            `json:"server_label,omitempty"`
	ServerURL    string            `json:"server_url,omitempty"`
	Headers      map[string]string `json:"headers,omitempty"`
	AllowedTools any               `json:"allowed_tools,omitempty"`
}

// NamedTool is a choice of one tool.
type NamedTool struct {
	Name        string `json:"name,omitempty"`
	ServerLabel string `json:"server_label,omitempty"`
}

// Retention is the ratio of context that a truncation keeps.
type Retention struct {
	Ratio float64 `json:"retention_ratio"`
}

// TracingConfig configures tracing.
type TracingConfig struct {
	WorkflowName string `json:"workflow_name,omitempty"`
	GroupID      string `json:"group_id,omitempty"`
	Metadata     any    `json:"metadata,omitempty"`
}

// PromptValue is a reference to a stored prompt.
type PromptValue struct {
	ID        string         `json:"id"`
	Version   string         `json:"version,omitempty"`
	Variables map[string]any `json:"variables,omitempty"`
}

// Response is a response and its output.
type Response struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	Status           string            `json:"status"`
	StatusDetails    any               `json:"status_details,omitempty"`
	Output           []Item            `json:"output"`
	Metadata         map[string]string `json:"metadata,omitempty"`
	Audio            *Audio            `json:"audio,omitempty"`
	Usage            *Usage            `json:"usage,omitempty"`
	ConversationID   string            `json:"conversation_id,omitempty"`
	OutputModalities []string          `json:"output_modalities,omitempty"`
	MaxOutputTokens  Limit             `json:"max_output_tokens,omitempty"`
}

// Message is a message item.
type Message struct {
	ID      string    `json:"id,omitempty"`
	Status  string    `json:"status,omitempty"`
	Content []Content `json:"content"`
}

// Content is a part of a message.
type Content struct {
	Type       string `json:"type"`
	Text       string `json:"text,omitempty"`
	Audio      string `json:"audio,omitempty"`
	Transcript string `json:"transcript,omitempty"`
}

// Call is a function call item.
type Call struct {
	ID        string `json:"id,omitempty"`
	Status    string `json:"status,omitempty"`
	CallID    string `json:"call_id,omitempty"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// CallOutput is the output of a function call.
type CallOutput struct {
	ID     string `json:"id,omitempty"`
	Status string `json:"status,omitempty"`
	CallID string `json:"call_id,omitempty"`
	Output string `json:"output"`
}

// Usage counts tokens.
type Usage struct {
	TotalTokens   int           `json:"total_tokens"`
	InputTokens   int           `json:"input_tokens"`
	OutputTokens  int           `json:"output_tokens"`
	InputDetails  *TokenDetails `json:"input_token_details,omitempty"`
	OutputDetails *TokenDetails `json:"output_token_details,omitempty"`
}

// TokenDetails counts tokens by kind.
type TokenDetails struct {
	TextTokens    int           `json:"text_tokens"`
	AudioTokens   int           `json:"audio_tokens"`
	ImageTokens   int           `json:"image_tokens,omitempty"`
	CachedTokens  int           `json:"cached_tokens,omitempty"`
	CachedDetails *TokenDetails `json:"cached_tokens_details,omitempty"`
}
