package realtimetest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
)

//go:embed script.schema.json
var scriptSchema []byte

// ScriptSchema returns the JSON schema of what [ReadScript] reads, with a
// description of every member.
func ScriptSchema() []byte { return bytes.Clone(scriptSchema) }

// ReadScript reads a script that is written in JSON, for programs that are not
// in Go: [ScriptSchema] describes the format. Recordings are opened in files,
// which may be nil when there are none. An error says where in the script it is.
func ReadScript(r io.Reader, files fs.FS) (*Script, error) {
	var f scriptFile
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("realtimetest: script: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("realtimetest: script: there is more than one JSON value")
	}
	b := scriptBuilder{files: files}
	script := b.script(&f)
	if b.err != nil {
		return nil, fmt.Errorf("realtimetest: script: %w", b.err)
	}
	return script, nil
}

// scriptFile is a script as it is written.
type scriptFile struct {
	Schema      string      `json:"$schema"`
	Description string      `json:"description"`
	Heard       []heardFile `json:"heard"`
	Rules       []ruleFile  `json:"rules"`
	MCP         []mcpFile   `json:"mcp"`
	Faults      []faultFile `json:"faults"`
}

type heardFile struct {
	Text        string        `json:"text"`
	Recording   string        `json:"recording"`
	Delay       duration      `json:"delay"`
	Language    string        `json:"language"`
	Failure     *failFile     `json:"failure"`
	Segments    []segmentFile `json:"segments"`
	Translation string        `json:"translation"`
}

type segmentFile struct {
	Speaker string   `json:"speaker"`
	Text    string   `json:"text"`
	Start   duration `json:"start"`
	End     duration `json:"end"`
}

type ruleFile struct {
	When  *whenFile  `json:"when"`
	Times int        `json:"times"`
	Do    []stepFile `json:"do"`
}

type whenFile struct {
	Said         *string `json:"said"`
	Returned     *string `json:"returned"`
	Spoken       *bool   `json:"spoken"`
	Turn         *int    `json:"turn"`
	Instructions *string `json:"instructions"`
}

// stepFile holds a step under the name of its kind, with what belongs to it.
type stepFile struct {
	Say     *string         `json:"say"`
	Call    *string         `json:"call"`
	MCPCall *string         `json:"mcp_call"`
	Wait    *duration       `json:"wait"`
	Hang    *bool           `json:"hang"`
	Stop    *string         `json:"stop"`
	Fail    *failFile       `json:"fail"`
	Refuse  *failFile       `json:"refuse"`
	Emit    json.RawMessage `json:"emit"`
	HangUp  *hangUpFile     `json:"hang_up"`
	Send    *string         `json:"send"`
	Cut     *bool           `json:"cut"`
	Stall   *duration       `json:"stall"`
	Deny    *denyFile       `json:"deny"`    // In faults.
	Trickle *trickleFile    `json:"trickle"` // In faults.
	Late    *int            `json:"late"`    // In faults.

	WAV       string          `json:"wav"`       // With say.
	Tone      *duration       `json:"tone"`      // With say.
	Arguments json.RawMessage `json:"arguments"` // With call and mcp_call.
	ID        string          `json:"id"`        // With call.
	Server    string          `json:"server"`    // With mcp_call.
}

type faultFile struct {
	Conn int       `json:"conn"`
	At   *atFile   `json:"at"`
	Nth  int       `json:"nth"`
	Do   *stepFile `json:"do"`
}

type atFile struct {
	Sent     string `json:"sent"`
	Received string `json:"received"`
}

type denyFile struct {
	Status     int      `json:"status"`
	RetryAfter duration `json:"retry_after"`
}

type trickleFile struct {
	Bytes int      `json:"bytes"`
	Every duration `json:"every"`
}

type failFile struct {
	Type    string `json:"type"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Param   string `json:"param"`
}

type hangUpFile struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

type mcpFile struct {
	Label   string        `json:"label"`
	Failure bool          `json:"failure"`
	Delay   duration      `json:"delay"`
	Tools   []mcpToolFile `json:"tools"`
}

type mcpToolFile struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"input_schema"`
	ReadOnly    bool            `json:"read_only"`
	Output      string          `json:"output"`
	Error       string          `json:"error"`
	Delay       duration        `json:"delay"`
}

// duration is written as Go writes it: "1.5s", "200ms".
type duration time.Duration

func (d *duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New(`a duration is text such as "1.5s"`)
	}
	parsed, err := time.ParseDuration(text)
	if err != nil || parsed < 0 {
		return fmt.Errorf(`%q is not a duration such as "1.5s"`, text)
	}
	*d = duration(parsed)
	return nil
}

// scriptBuilder makes a script of what a file says. It keeps the first error.
type scriptBuilder struct {
	files fs.FS
	err   error
}

func (b *scriptBuilder) fail(path, format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(path+": "+format, args...)
	}
}

func (b *scriptBuilder) script(f *scriptFile) *Script {
	s := &Script{}
	for i, h := range f.Heard {
		s.Heard = append(s.Heard, b.heard(fmt.Sprintf("heard[%d]", i), h))
	}
	for i, r := range f.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		rule := Rule{When: r.When.condition(), Times: r.Times}
		if len(r.Do) == 0 {
			b.fail(path, "the rule does nothing")
		}
		for j, step := range r.Do {
			rule.Do = append(rule.Do, b.step(fmt.Sprintf("%s.do[%d]", path, j), &step))
		}
		s.Rules = append(s.Rules, rule)
	}
	for i, m := range f.MCP {
		s.MCP = append(s.MCP, b.mcp(fmt.Sprintf("mcp[%d]", i), m))
	}
	for i, f := range f.Faults {
		s.Faults = append(s.Faults, b.fault(fmt.Sprintf("faults[%d]", i), f))
	}
	return s
}

func (b *scriptBuilder) heard(path string, h heardFile) Heard {
	heard := Heard{
		Text: h.Text, Delay: time.Duration(h.Delay), Language: h.Language, Translation: h.Translation,
		Recording: b.sound(path+".recording", h.Recording),
	}
	for _, s := range h.Segments {
		heard.Segments = append(heard.Segments, Segment{
			Speaker: s.Speaker, Text: s.Text, Start: time.Duration(s.Start), End: time.Duration(s.End),
		})
	}
	if f := h.Failure; f != nil {
		heard.Failure = &api.TranscriptionError{
			Type: f.Type, Code: nullable(f.Code), Message: f.Message, Param: nullable(f.Param),
		}
	}
	return heard
}

func nullable(text string) api.Nullable[string] {
	if text == "" {
		return api.NullOf[string]()
	}
	return api.Value(text)
}

// sound reads a WAV file; no name is no sound.
func (b *scriptBuilder) sound(path, name string) []byte {
	if name == "" {
		return nil
	}
	if b.files == nil {
		b.fail(path, "there is no directory to find %s in", name)
		return nil
	}
	f, err := b.files.Open(name)
	if err != nil {
		b.fail(path, "%w", err)
		return nil
	}
	defer func() { _ = f.Close() }() // It was only read.
	sound, err := ReadWAV(f)
	if err != nil {
		b.fail(path, "%s: %w", name, err)
	}
	return sound
}

func (w *whenFile) condition() func(*Turn) bool {
	if w == nil {
		return nil
	}
	return func(t *Turn) bool {
		switch {
		case w.Said != nil && !Said(*w.Said)(t),
			w.Returned != nil && !Returned(*w.Returned)(t),
			w.Spoken != nil && *w.Spoken != t.Spoken,
			w.Turn != nil && *w.Turn != t.Number,
			w.Instructions != nil && !strings.Contains(t.instructions(), *w.Instructions):
			return false
		}
		return true
	}
}

// instructions are what the model is told in this turn.
func (t *Turn) instructions() string {
	if t.Params != nil && t.Params.Instructions != nil {
		return *t.Params.Instructions
	}
	return settings.Or(t.Session.Instructions, "")
}

func (b *scriptBuilder) mcp(path string, m mcpFile) MCPServer {
	if m.Label == "" {
		b.fail(path, "the server needs a label")
	}
	server := MCPServer{Label: m.Label, Failure: m.Failure, Delay: time.Duration(m.Delay)}
	for _, t := range m.Tools {
		if t.Name == "" {
			b.fail(path, "a tool needs a name")
		}
		tool := MCPServerTool{
			Name: t.Name, Description: t.Description, InputSchema: t.InputSchema, ReadOnly: t.ReadOnly,
			Output: t.Output, Delay: time.Duration(t.Delay),
		}
		if t.Error != "" {
			tool.Error = &api.MCPToolExecutionError{Message: t.Error}
		}
		server.Tools = append(server.Tools, tool)
	}
	return server
}
