package realtimetest

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/scriptfile"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
)

//go:embed script.schema.json
var scriptSchema []byte

// ScriptSchema returns the JSON schema of the input of [ReadScript], with a
// description of every member.
func ScriptSchema() []byte { return bytes.Clone(scriptSchema) }

// ReadScript reads a script in JSON, for programs that are not in Go: [ScriptSchema]
// describes the format. Recordings are opened in files, which may be nil if there
// are none. An error contains the path in the script.
func ReadScript(r io.Reader, files fs.FS) (*Script, error) {
	f, err := scriptfile.Decode(r)
	if err != nil {
		return nil, fmt.Errorf("realtimetest: script: %w", err)
	}
	b := scriptBuilder{files: files}
	script := b.script(f)
	if b.err != nil {
		return nil, fmt.Errorf("realtimetest: script: %w", b.err)
	}
	return script, nil
}

func (b *scriptBuilder) script(f *scriptfile.Script) *Script {
	s := &Script{}
	for i, h := range f.Heard {
		s.Heard = append(s.Heard, b.heard(fmt.Sprintf("heard[%d]", i), h))
	}
	for i, r := range f.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		rule := Rule{When: condition(r.When), Times: r.Times}
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

func (b *scriptBuilder) heard(path string, h scriptfile.Heard) Heard {
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

// condition returns the function for [Rule.When].
func condition(w *scriptfile.When) func(*Turn) bool {
	if w == nil {
		return nil
	}
	return func(t *Turn) bool {
		switch {
		case w.Said != nil && !Said(*w.Said)(t),
			w.Returned != nil && !Returned(*w.Returned)(t),
			w.Spoken != nil && *w.Spoken != t.Spoken,
			w.Turn != nil && *w.Turn != t.Number,
			w.Instructions != nil && !strings.Contains(instructions(t), *w.Instructions):
			return false
		}
		return true
	}
}

// instructions returns the instructions of a turn's response.
func instructions(t *Turn) string {
	if t.Params != nil && t.Params.Instructions != nil {
		return *t.Params.Instructions
	}
	return settings.Or(t.Session.Instructions, "")
}

func (b *scriptBuilder) mcp(path string, m scriptfile.MCP) MCPServer {
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
