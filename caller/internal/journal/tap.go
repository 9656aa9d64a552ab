package journal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
)

// Tap returns an observer that notes what a session does.
func (j *Journal) Tap() *realtime.Tap {
	var conn atomic.Int64
	return &realtime.Tap{
		Received: func(e realtime.Event, _ error, data []byte) {
			if data != nil {
				j.keep(message{conn: int(conn.Load()), incoming: true, data: data})
			}
			j.received(e)
		},
		Sending: func(kind string, data []byte) {
			j.keep(message{conn: int(conn.Load()), kind: kind, data: data, fate: recording.FateWritten})
			j.sending(kind, data)
		},
		Dialed: func(took time.Duration, err error) { conn.Store(int64(j.dialed(took, err))) },
	}
}

// keep copies a message for the recording.
func (j *Journal) keep(m message) {
	m.data = bytes.Clone(m.data)
	j.mu.Lock()
	defer j.mu.Unlock()
	m.at = time.Since(j.Began)
	j.messages = append(j.messages, m)
}

// dialed notes an attempt to connect, and returns the number of the connection.
func (j *Journal) dialed(took time.Duration, err error) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	d := dial{at: time.Since(j.Began), took: took}
	if err != nil {
		d.failure = "failed"
	} else {
		j.conns++
	}
	d.conn = j.conns
	j.events.dials = append(j.events.dials, d)
	return j.conns
}

func (j *Journal) received(e realtime.Event) {
	if e == nil {
		return
	}
	j.Note(func(now time.Duration, all *Events) {
		switch e := e.(type) {
		case *api.ResponseOutputAudioDelta:
			all.sound(now, e)
		case *api.ResponseOutputAudioTranscriptDelta:
			all.item(e.ItemID).text += e.Delta
		case *api.ResponseOutputAudioTranscriptDone:
			all.item(e.ItemID).text = e.Transcript
		case *api.ConversationItemInputAudioTranscriptionCompleted:
			all.said = append(all.said, transcript{now, e.Transcript})
		case *api.ErrorEvent:
			all.Faults = append(all.Faults, fault{now, problem(e.Error.Type, e.Error.Code, e.Error.Param)})
		case *realtime.Reconnecting:
			all.lose(now)
		case *realtime.Reconnected:
			all.restore(now, e)
		default:
			all.progress(now, e)
		}
	})
}

// progress notes the beginnings and ends of sessions, responses and calls.
func (e *Events) progress(now time.Duration, event realtime.Event) {
	switch x := event.(type) {
	case *api.SessionCreated:
		e.describe(x.Session)
	case *api.SessionUpdated:
		e.describe(x.Session)
	case *api.ResponseCreated:
		e.responses = append(e.responses, &response{id: x.Response.ID, created: now})
	case *api.ResponseDone:
		e.end(now, &x.Response)
	case *api.ResponseOutputItemDone:
		if call, ok := x.Item.(*api.FunctionCall); ok && value(call.Status) != api.ItemStatusIncomplete {
			c := e.call(call.CallID, now)
			c.Name, c.Arguments = call.Name, call.Arguments
		}
	case *api.ResponseFunctionCallArgumentsDone:
		// A server may announce calls by this alone.
		if x.Name != "" && x.CallID != "" {
			c := e.call(x.CallID, now)
			c.Name, c.Arguments = x.Name, x.Arguments
		}
	}
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// describe notes that the session is there, its functions, and the format of its output.
func (e *Events) describe(s api.Session) {
	e.Connected = true
	r, ok := s.(*api.RealtimeSession)
	if !ok {
		return
	}
	e.offers(r)
	if r.Audio == nil || r.Audio.Output == nil {
		return
	}
	switch r.Audio.Output.Format.(type) {
	case *api.AudioPCM:
		e.format = audio.PCM24k
	case *api.AudioPCMU:
		e.format = audio.ULaw
	case *api.AudioPCMA:
		e.format = audio.ALaw
	default: // Not described.
	}
}

func (e *Events) sound(now time.Duration, d *api.ResponseOutputAudioDelta) {
	it := e.item(d.ItemID)
	if it.Made == 0 {
		it.First, it.response = now, d.ResponseID
	}
	it.Made += e.format.Duration(len(d.Delta))
}

// end notes the end of a response.
func (e *Events) end(now time.Duration, r *api.Response) {
	for _, x := range e.responses {
		if x.id == r.ID && x.done == 0 {
			x.done = now
		}
	}
	if r.Status != api.ResponseStatusFailed {
		return
	}
	text := "a response failed"
	if d, ok := r.StatusDetails.Get(); ok {
		if problem, ok := d.Error.Get(); ok {
			text += ": " + cmp.Or(value(problem.Code), value(problem.Type))
		}
	}
	e.Faults = append(e.Faults, fault{now, text})
}

// lose notes that the connection is lost. The responses of that moment do not end.
func (e *Events) lose(now time.Duration) {
	if !e.offline() {
		e.Outages = append(e.Outages, outage{Lost: now})
	}
	for _, r := range e.responses {
		if r.done == 0 {
			r.done = now
		}
	}
}

func (e *Events) restore(now time.Duration, r *realtime.Reconnected) {
	if !e.offline() {
		e.Outages = append(e.Outages, outage{Lost: max(now-r.Down, 0)})
	}
	last := &e.Outages[len(e.Outages)-1]
	last.Restored, last.Items = now, r.Lost
	// Calls that are lost with the connection are not answered.
	for _, lost := range r.Lost {
		for _, c := range e.Calls {
			if c.ID == lost.CallID && c.Answered == 0 {
				c.Answered, c.lost = now, true
			}
		}
	}
}

// sending notes what the program does to the conversation.
func (j *Journal) sending(eventType string, message []byte) {
	switch eventType {
	case "session.update", "response.create":
		j.set(message)
		return
	case "conversation.item.truncate", "conversation.item.delete", "conversation.item.create":
	default:
		return
	}
	var m struct {
		ItemID string `json:"item_id"`
		End    int64  `json:"audio_end_ms"`
		Item   struct {
			Type   string `json:"type"`
			CallID string `json:"call_id"`
			Output string `json:"output"`
		} `json:"item"`
	}
	if json.Unmarshal(message, &m) != nil {
		return
	}
	j.Note(func(now time.Duration, e *Events) {
		switch {
		case m.Item.Type == "function_call_output":
			c := e.call(m.Item.CallID, now)
			if c.Answered == 0 {
				c.Answered = now
			}
			c.output, c.lost = m.Item.Output, false
		case eventType == "conversation.item.create":
		default:
			e.cuts = append(e.cuts, cut{item: m.ItemID, At: now, Kept: time.Duration(m.End) * time.Millisecond})
		}
	})
}

// problem describes an error of the server without its message, which may hold content.
func problem(kind string, code, param api.Nullable[string]) string {
	parts := []string{kind}
	for _, p := range []api.Nullable[string]{code, param} {
		if s, ok := p.Get(); ok && s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}
