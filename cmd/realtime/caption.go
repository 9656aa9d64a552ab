package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// caption is one line about a call.
type caption struct {
	// At is the time since the beginning, in seconds.
	At float64 `json:"at"`
	// Kind is who speaks or what happens: "user", "agent", "tool", "output", "key", "cut",
	// "done", "error", "session" or "lost".
	Kind string `json:"kind"`
	Text string `json:"text"`
}

func captionAt(at time.Duration, kind, format string, args ...any) caption {
	return caption{seconds(at), kind, fmt.Sprintf(format, args...)}
}

func (c caption) String() string { return fmt.Sprintf("%8.2f  %-7s  %s", c.At, c.Kind, c.Text) }

// captionOf returns what an event says about a call. ok is false for events that a reader
// of the conversation does not need.
func captionOf(at time.Duration, e api.ServerEvent) (c caption, ok bool) {
	say := func(kind, format string, args ...any) (caption, bool) {
		return captionAt(at, kind, format, args...), true
	}
	switch e := e.(type) {
	case *api.SessionCreated:
		if s, ok := e.Session.(*api.RealtimeSession); ok {
			return say("session", "%s, model %s", s.ID, s.Model)
		}
		return say("session", "%s", api.SessionID(e.Session))
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		return say("user", "%s", e.Transcript)
	case *api.ConversationItemAdded:
		return captionOfItem(at, e.Item)
	case *api.ResponseOutputAudioTranscriptDone:
		return say("agent", "%s", e.Transcript)
	case *api.ResponseOutputTextDone:
		return say("agent", "%s", e.Text)
	case *api.ResponseFunctionCallArgumentsDone:
		return say("tool", "%s %s", e.Name, e.Arguments)
	case *api.InputAudioBufferDTMFEventReceived:
		return say("key", "%s", e.Event)
	case *api.ConversationItemTruncated:
		return say("cut", "the answer was heard up to %.2f s", float64(e.AudioEndMS)/1000)
	case *api.ResponseDone:
		return say("done", "%s", outcomeOf(&e.Response))
	case *api.ErrorEvent:
		return say("error", "%v", realtime.NewServerError(e))
	case *realtime.Reconnecting:
		return say("lost", "the connection is lost: attempt %d of %d", e.Attempt, e.MaxAttempts)
	case *realtime.Reconnected:
		return say("session", "connected again after %s, %d items restored", e.Down.Round(time.Millisecond), len(e.Restored))
	default:
		return caption{}, false
	}
}

// captionOfItem returns what the user wrote and what a function returned. What is spoken
// has events of its own.
func captionOfItem(at time.Duration, item api.Item) (c caption, ok bool) {
	switch item := item.(type) {
	case *api.UserMessage:
		text := (realtime.Item{Item: item}).Text()
		return captionAt(at, "user", "%s", text), text != ""
	case *api.FunctionCallOutput:
		return captionAt(at, "output", "%s", item.Output), true
	default:
		return caption{}, false
	}
}

// outcomeOf describes how a response ended and what it used.
func outcomeOf(r *api.Response) string {
	parts := []string{string(r.Status)}
	if d, ok := r.StatusDetails.Get(); ok {
		if d.Reason != nil {
			parts = append(parts, string(*d.Reason))
		}
		if failure, ok := d.Error.Get(); ok && failure.Code != nil {
			parts = append(parts, *failure.Code)
		}
	}
	if u, ok := r.Usage.Get(); ok {
		parts = append(parts, fmt.Sprintf("%d tokens in, %d out", u.InputTokens, u.OutputTokens))
	}
	return strings.Join(parts, ", ")
}
