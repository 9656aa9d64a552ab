package recording

import "encoding/json"

// detection is what the timeline reads of the turn detection of a session.
type detection struct {
	Type      string `json:"type"`
	SilenceMS *int64 `json:"silence_duration_ms"`
	PaddingMS *int64 `json:"prefix_padding_ms"`
	Interrupt *bool  `json:"interrupt_response"`
}

// The silence that ends a turn and the sound before it that belongs to it, unless the
// session has other settings.
const (
	defaultPause   = 500 * Millisecond
	defaultPadding = 300 * Millisecond
)

// detection returns the turn detection of session.created and session.updated, nil if it
// is off. It is not ok for messages that do not say.
func (e *event) detection() (d *detection, ok bool) {
	var session struct {
		Detection json.RawMessage `json:"turn_detection"` // Of the beta API.
		Audio     struct {
			Input struct {
				Detection json.RawMessage `json:"turn_detection"`
			} `json:"input"`
		} `json:"audio"`
	}
	if e.Type != "session.created" && e.Type != "session.updated" || json.Unmarshal(e.Session, &session) != nil {
		return nil, false
	}
	setting := session.Audio.Input.Detection
	if setting == nil {
		setting = session.Detection
	}
	if setting == nil || json.Unmarshal(setting, &d) != nil {
		return nil, false
	}
	return d, true
}

// pause is the silence behind the last word after which the server sends speech_stopped.
// It is part of audio_end_ms. That of semantic detection is not known, and taken for 0.
func (d *detection) pause() Micros {
	if d == nil {
		return 0
	}
	return d.span(d.SilenceMS, defaultPause)
}

// padding is the sound in front of the first word that audio_start_ms includes. That of
// semantic detection is not known, and taken for 0.
func (d *detection) padding() Micros {
	if d == nil {
		return 0
	}
	return d.span(d.PaddingMS, defaultPadding)
}

func (d *detection) span(ms *int64, unset Micros) Micros {
	const most = 60_000
	switch {
	case d.Type != "server_vad":
		return 0
	case ms == nil:
		return unset
	default:
		return Micros(min(max(*ms, 0), most)) * Millisecond
	}
}
