package community

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// A union is a struct with a pointer for each variant. One of them is not nil.

// SessionUnion is a union of sessions.
type SessionUnion struct {
	Realtime      *Session
	Transcription *TranscriptionSession
}

// UnmarshalJSON decodes the kind, and then the variant.
func (u *SessionUnion) UnmarshalJSON(data []byte) (err error) {
	var k kind
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	switch k.Type {
	case "realtime":
		u.Realtime, err = into(data, new(Session))
	case "transcription":
		u.Transcription, err = into(data, new(TranscriptionSession))
	default:
		err = unknown(k)
	}
	return err
}

// ToolUnion is a union of tools.
type ToolUnion struct {
	Function *Function
	MCP      *MCP
}

// UnmarshalJSON decodes the kind, and then the variant.
func (u *ToolUnion) UnmarshalJSON(data []byte) (err error) {
	var k kind
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	switch k.Type {
	case "function":
		u.Function, err = into(data, new(Function))
	case "mcp":
		u.MCP, err = into(data, new(MCP))
	default:
		err = unknown(k)
	}
	return err
}

// ToolChoice is a mode or a tool.
type ToolChoice struct {
	Mode     string
	Function *NamedTool
	MCP      *NamedTool
}

// UnmarshalJSON treats a value that is not an object as a mode.
func (u *ToolChoice) UnmarshalJSON(data []byte) (err error) {
	var k kind
	if json.Unmarshal(data, &k) != nil {
		return json.Unmarshal(data, &u.Mode)
	}
	switch k.Type {
	case "function":
		u.Function, err = into(data, new(NamedTool))
	case "mcp":
		u.MCP, err = into(data, new(NamedTool))
	default:
		err = unknown(k)
	}
	return err
}

// Truncation is a strategy or a ratio.
type Truncation struct {
	Strategy  string
	Retention *Retention
}

// UnmarshalJSON treats a value that is not an object as a strategy.
func (u *Truncation) UnmarshalJSON(data []byte) (err error) {
	var k kind
	if json.Unmarshal(data, &k) != nil {
		return json.Unmarshal(data, &u.Strategy)
	}
	u.Retention, err = into(data, new(Retention))
	return err
}

// Tracing is a mode or a configuration.
type Tracing struct {
	Mode   string
	Config *TracingConfig
}

// UnmarshalJSON treats a value that is not an object as a mode.
func (u *Tracing) UnmarshalJSON(data []byte) (err error) {
	var k kind
	if json.Unmarshal(data, &k) != nil {
		return json.Unmarshal(data, &u.Mode)
	}
	u.Config, err = into(data, new(TracingConfig))
	return err
}

// Detection is a union of voice activity detections.
type Detection struct {
	Server   *ServerVAD
	Semantic *SemanticVAD
}

// UnmarshalJSON decodes the kind, and then the variant.
func (u *Detection) UnmarshalJSON(data []byte) (err error) {
	var k kind
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	switch k.Type {
	case "server_vad":
		u.Server, err = into(data, new(ServerVAD))
	case "semantic_vad":
		u.Semantic, err = into(data, new(SemanticVAD))
	default:
		err = unknown(k)
	}
	return err
}

// Format is a union of audio formats.
type Format struct {
	PCM  *PCM
	PCMU *struct{}
	PCMA *struct{}
}

// UnmarshalJSON decodes the kind, and then the variant.
func (u *Format) UnmarshalJSON(data []byte) (err error) {
	var k kind
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	switch k.Type {
	case "audio/pcm":
		u.PCM, err = into(data, new(PCM))
	case "audio/pcmu":
		u.PCMU, err = into(data, new(struct{}))
	case "audio/pcma":
		u.PCMA, err = into(data, new(struct{}))
	default:
		err = unknown(k)
	}
	return err
}

// Item is a union of conversation items.
type Item struct {
	System    *Message
	User      *Message
	Assistant *Message
	Call      *Call
	Output    *CallOutput
}

// UnmarshalJSON decodes the kind, for a message also the role, and then the variant.
func (u *Item) UnmarshalJSON(data []byte) (err error) {
	var k struct {
		kind

		Role string `json:"role"`
	}
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	switch k.Type + k.Role {
	case "messagesystem":
		u.System, err = into(data, new(Message))
	case "messageuser":
		u.User, err = into(data, new(Message))
	case "messageassistant":
		u.Assistant, err = into(data, new(Message))
	case "function_call":
		u.Call, err = into(data, new(Call))
	case "function_call_output":
		u.Output, err = into(data, new(CallOutput))
	default:
		err = unknown(k.kind)
	}
	return err
}

// Limit is a number or "inf", which is -1.
type Limit int

// UnmarshalJSON decodes a number or "inf".
func (l *Limit) UnmarshalJSON(data []byte) error {
	if string(data) == `"inf"` {
		*l = -1
		return nil
	}
	n, err := strconv.Atoi(string(data))
	*l = Limit(n)
	return err
}

func unknown(k kind) error { return fmt.Errorf("community: unknown type %q", k.Type) }
