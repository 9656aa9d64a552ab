package main

import (
	"fmt"
	"strings"
)

// talkEvent is what happens in a conversation, as a line, as JSON or on the screen.
type talkEvent struct {
	// At is the time since the beginning, in seconds.
	At float64 `json:"at"`
	// Kind is "session", "user", "saying" (a piece of what the agent says), "tool", "output",
	// "turn", "lost" or "warning".
	Kind string `json:"kind"`
	Text string `json:"text,omitempty"`

	// The rest belongs to turns. Text is then what was heard of the answer, and Unheard what
	// was not.
	User    string `json:"user,omitempty"`
	Unheard string `json:"unheard,omitempty"`
	Cut     bool   `json:"cut,omitempty"`
	// Wait is the time from the user's last word to the first that was heard, in seconds.
	Wait float64 `json:"wait,omitempty"`
	// Cost is that of the session so far, "" if it is not known.
	Cost string `json:"cost,omitempty"`
	// Error is why there is no whole answer, "" if there is one or it was cut.
	Error string `json:"error,omitempty"`
}

// String returns the event as lines, "" for one that has none.
func (e *talkEvent) String() string {
	line := func(kind, text string) string {
		return (caption{At: e.At, Kind: kind, Text: text}).String() + "\n"
	}
	switch e.Kind {
	case "saying":
		return ""
	case "turn":
		text := ""
		unanswered := e.Error != "" && e.Text == "" && e.Unheard == "" // A warning or the end tells that.
		if e.Text != "" || !e.Cut && !unanswered {
			text = line("agent", e.Text)
		}
		if e.Cut && !unanswered {
			text += line("cut", "not heard: "+e.Unheard)
		}
		if facts := e.facts(); facts != "" {
			text += line("turn", facts)
		}
		return text
	default:
		return line(e.Kind, e.Text)
	}
}

// facts returns the wait and the cost of a turn.
func (e *talkEvent) facts() string {
	var parts []string
	if e.Wait > 0 {
		parts = append(parts, fmt.Sprintf("answer after %.2f s", e.Wait))
	}
	if e.Cost != "" {
		parts = append(parts, "USD "+e.Cost+" so far")
	}
	return strings.Join(parts, ", ")
}
