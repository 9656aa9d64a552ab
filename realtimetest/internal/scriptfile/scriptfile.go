// Package scriptfile holds the JSON form of a script. Its types are those of
// script.schema.json, and [Decode] reads them.
package scriptfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Decode reads a script. Unknown members are errors.
func Decode(r io.Reader) (*Script, error) {
	var s Script
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one JSON value")
	}
	return &s, nil
}

// The types below are the objects of the schema, which describes their members.
type (
	// Script is the whole file.
	Script struct {
		Schema      string  `json:"$schema"`
		Description string  `json:"description"`
		Heard       []Heard `json:"heard"`
		Rules       []Rule  `json:"rules"`
		MCP         []MCP   `json:"mcp"`
		Faults      []Fault `json:"faults"`
	}
	// Heard is a spoken turn.
	Heard struct {
		Text        string    `json:"text"`
		Recording   string    `json:"recording"`
		Delay       Duration  `json:"delay"`
		Language    string    `json:"language"`
		Failure     *Error    `json:"failure"`
		Segments    []Segment `json:"segments"`
		Translation string    `json:"translation"`
	}
	// Segment is the part of one speaker.
	Segment struct {
		Speaker string   `json:"speaker"`
		Text    string   `json:"text"`
		Start   Duration `json:"start"`
		End     Duration `json:"end"`
	}
	// Rule is a response and its condition.
	Rule struct {
		When  *When  `json:"when"`
		Times int    `json:"times"`
		Do    []Step `json:"do"`
	}
	// When is a condition. All members that are present must be met.
	When struct {
		Said         *string `json:"said"`
		Returned     *string `json:"returned"`
		Spoken       *bool   `json:"spoken"`
		Turn         *int    `json:"turn"`
		Instructions *string `json:"instructions"`
	}
	// Fault is a failure and its place.
	Fault struct {
		Conn int   `json:"conn"`
		At   *At   `json:"at"`
		Nth  int   `json:"nth"`
		Do   *Step `json:"do"`
	}
	// At selects a frame by its wire name.
	At struct {
		Sent     string `json:"sent"`
		Received string `json:"received"`
	}
	// Deny is a refused handshake.
	Deny struct {
		Status     int      `json:"status"`
		RetryAfter Duration `json:"retry_after"`
	}
	// Trickle is slow writing.
	Trickle struct {
		Bytes int      `json:"bytes"`
		Every Duration `json:"every"`
	}
	// Error is an error of the API.
	Error struct {
		Type    string `json:"type"`
		Code    string `json:"code"`
		Message string `json:"message"`
		Param   string `json:"param"`
	}
	// HangUp is a close frame.
	HangUp struct {
		Code   int    `json:"code"`
		Reason string `json:"reason"`
	}
	// MCP is an MCP server.
	MCP struct {
		Label   string   `json:"label"`
		Failure bool     `json:"failure"`
		Delay   Duration `json:"delay"`
		Tools   []Tool   `json:"tools"`
	}
	// Tool is a tool of an MCP server.
	Tool struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		InputSchema json.RawMessage `json:"input_schema"`
		ReadOnly    bool            `json:"read_only"`
		Output      string          `json:"output"`
		Error       string          `json:"error"`
		Delay       Duration        `json:"delay"`
	}
)

// Step is a step of a rule or a fault. It has exactly one of the members down to
// Late, its kind; the members after that belong to some kinds.
type Step struct {
	Say     *string         `json:"say"`
	Call    *string         `json:"call"`
	MCPCall *string         `json:"mcp_call"`
	Wait    *Duration       `json:"wait"`
	Hang    *bool           `json:"hang"`
	Stop    *string         `json:"stop"`
	Fail    *Error          `json:"fail"`
	Refuse  *Error          `json:"refuse"`
	Emit    json.RawMessage `json:"emit"`
	HangUp  *HangUp         `json:"hang_up"`
	Send    *string         `json:"send"`
	Cut     *bool           `json:"cut"`
	Stall   *Duration       `json:"stall"`
	Deny    *Deny           `json:"deny"`
	Trickle *Trickle        `json:"trickle"`
	Late    *int            `json:"late"`

	WAV       string          `json:"wav"`
	Tone      *Duration       `json:"tone"`
	Arguments json.RawMessage `json:"arguments"`
	ID        string          `json:"id"`
	Server    string          `json:"server"`
}

// Kinds returns the kinds of the step. A valid step has one.
func (s *Step) Kinds() []string {
	var kinds []string
	for _, k := range [...]struct {
		name    string
		present bool
	}{
		{"say", s.Say != nil},
		{"call", s.Call != nil},
		{"mcp_call", s.MCPCall != nil},
		{"wait", s.Wait != nil},
		{"hang", s.Hang != nil},
		{"stop", s.Stop != nil},
		{"fail", s.Fail != nil},
		{"refuse", s.Refuse != nil},
		{"emit", s.Emit != nil},
		{"hang_up", s.HangUp != nil},
		{"send", s.Send != nil},
		{"cut", s.Cut != nil},
		{"stall", s.Stall != nil},
		{"deny", s.Deny != nil},
		{"trickle", s.Trickle != nil},
		{"late", s.Late != nil},
	} {
		if k.present {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}

// Foreign returns the members of the step that do not belong to its kind.
func (s *Step) Foreign(kind string) []string {
	var foreign []string
	for _, m := range [...]struct {
		name    string
		present bool
	}{
		{"wav", s.WAV != ""},
		{"tone", s.Tone != nil},
		{"arguments", s.Arguments != nil},
		{"id", s.ID != ""},
		{"server", s.Server != ""},
	} {
		if m.present && !Belongs(m.name, kind) {
			foreign = append(foreign, m.name)
		}
	}
	return foreign
}

// Belongs reports whether a member belongs to a kind of step.
func Belongs(member, kind string) bool {
	switch member {
	case "wav", "tone":
		return kind == "say"
	case "arguments":
		return kind == "call" || kind == "mcp_call"
	case "id":
		return kind == "call"
	default:
		return kind == "mcp_call"
	}
}

// IsFault reports whether faults can have a kind of step.
func IsFault(kind string) bool {
	return OnlyFault(kind) || slices.Contains([]string{"hang_up", "cut", "stall", "send", "emit"}, kind)
}

// OnlyFault reports whether a kind of step is for faults alone.
func OnlyFault(kind string) bool {
	return slices.Contains([]string{"deny", "trickle", "late"}, kind)
}

// Duration is a duration in Go's notation: "1.5s", "200ms".
type Duration time.Duration

// UnmarshalJSON reads the notation.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New(`a duration is text such as "1.5s"`)
	}
	parsed, err := time.ParseDuration(text)
	if err != nil || parsed < 0 {
		return fmt.Errorf(`%q is not a duration such as "1.5s"`, text)
	}
	*d = Duration(parsed)
	return nil
}
