package mirror

import (
	"github.com/voicelane/realtime-go/gen/api"
)

// Describe notes the format of the speech that a session describes.
func (m *Mirror) Describe(s api.Session) {
	if x, ok := s.(*api.RealtimeSession); ok && x.Audio != nil && x.Audio.Output != nil {
		if r := rateOf(x.Audio.Output.Format); r > 0 {
			m.rate = r
		}
	}
}

// speaks returns the audio part of an item that a response makes, or nil. It takes memory
// for the first delta of a part alone.
func (m *Mirror) speaks(response, item string, part int) *speech {
	p := m.find(item)
	if p == nil || !m.converses(response) || part < 0 || part > maxParts {
		return nil
	}
	for len(p.speech) <= part {
		m.sounds = sounding{}
		p.speech = append(p.speech, speech{})
	}
	s := &p.speech[part]
	if s.rate == 0 {
		if s.rate = m.active[response].rate; s.rate == 0 {
			s.rate = m.rate
		}
		if s.rate == 0 {
			s.rate = ratePCM
		}
	}
	return s
}

// sounding is the part whose sound arrived last, as long as nothing has changed that would
// make the next search for it find another one. Its zero value is none.
type sounding struct {
	response, item string
	part           int
	speech         *speech
}

// sounded notes sound that has arrived.
func (m *Mirror) sounded(e *api.ResponseOutputAudioDelta) {
	x := &m.sounds
	if x.speech == nil || x.part != e.ContentIndex || x.item != e.ItemID || x.response != e.ResponseID {
		s := m.speaks(e.ResponseID, e.ItemID, e.ContentIndex)
		if s == nil {
			return
		}
		*x = sounding{e.ResponseID, e.ItemID, e.ContentIndex, s}
	}
	x.speech.bytes += len(e.Delta)
}

// said notes words of the sound, or with whole all of them.
func (m *Mirror) said(response, item string, part int, words string, whole bool) {
	s := m.speaks(response, item, part)
	if s == nil {
		return
	}
	before := len(s.words)
	if whole {
		s.words = s.words[:0]
	}
	s.words = append(s.words, words...)
	p := m.find(item)
	p.size += len(s.words) - before
	m.bytes += len(s.words) - before
	m.trim()
}
