package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
)

// agentFile is an agent as a JSON file.
type agentFile struct {
	Instructions string     `json:"instructions"`
	Greeting     string     `json:"greeting"`
	Voice        string     `json:"voice"`
	Tools        []toolFile `json:"tools"`
}

// toolFile is a function that returns the same output at each call.
type toolFile struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
	Output      string          `json:"output"`
}

// readAgent reads an agent from a file.
func readAgent(name string) (*agentFile, error) {
	data, err := os.ReadFile(name) //nolint:gosec // The user chooses the file.
	if err != nil {
		return nil, err
	}
	f := &agentFile{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// agent returns the agent of the file, with the voice and transcripts of what is said.
func (f *agentFile) agent() *agent.Agent {
	a := &agent.Agent{Instructions: agent.Text(f.Instructions)}
	for _, t := range f.Tools {
		a.Tools = append(a.Tools, agent.Tool{Name: t.Name, Description: t.Description, Func: &constant{t.Parameters, t.Output}})
	}
	if f.Voice != "" {
		a.Voice = api.VoiceName(f.Voice)
	}
	return a
}

// constant is a function that returns the same output at each call.
type constant struct {
	schema json.RawMessage
	output string
}

// Schema returns that of the file, or any object.
func (c *constant) Schema() json.RawMessage {
	if len(c.schema) == 0 {
		return json.RawMessage(`{"type":"object"}`)
	}
	return c.schema
}

// Call returns the output.
func (c *constant) Call(context.Context, json.RawMessage) (string, error) { return c.output, nil }
