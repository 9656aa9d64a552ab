package realtimetest

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// translationStep is the grid of elapsed_ms, and the length of sound in one
// delta.
const translationStep = 200 * time.Millisecond

// translation is the state of a translation session. What is said is found as
// in other sessions, by the detector's defaults, and translated turn by turn.
type translation struct {
	session api.TranslationSession
	next    time.Time // When the output so far has been sent.
	elapsed time.Duration
	closing bool // The client has sent session.close.
}

// isTranslation reports whether the path is that of translation sockets.
func isTranslation(r *http.Request) bool {
	return strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/realtime/translations")
}

func (s *session) configureTranslation(expires int64) {
	s.translation = &translation{session: api.TranslationSession{
		ID: s.conn.id, ExpiresAt: expires, Model: s.target.model,
		Audio: api.TranslationAudio{
			Input: &api.TranslationAudioInput{
				Transcription:  api.NullOf[api.TranslationTranscription](),
				NoiseReduction: api.NullOf[api.NoiseReduction](),
			},
			Output: &api.TranslationAudioOutput{Language: new("en")},
		},
	}}
	if preset := s.target.translated; preset != nil {
		s.merge(&s.translation.session, preset)
	}
	set := speech.Settings{Format: audio.PCM24k}
	set.Detect(nil, nil, nil)
	s.input.Configure(set)
}

// receiveTranslation handles one text frame of a translation session.
func (s *session) receiveTranslation(data []byte) {
	d := protocol.DecodeTranslation(data)
	s.took(d.Type, data)
	switch {
	case d.Err != nil:
	case s.translation.closing:
		d.Err = protocol.Error("session_closing", "", "nothing may follow session.close")
	default:
		d.Err = s.handleTranslation(d.Event)
	}
	if d.Err != nil {
		s.fail(d.Err, d.ID)
	}
}

func (s *session) handleTranslation(e api.TranslationClientEvent) *api.Error {
	switch e := e.(type) {
	case *api.TranslationSessionUpdate:
		s.merge(&s.translation.session, e.Session)
		s.emit(&api.TranslationSessionUpdated{EventID: s.newID("event"), Session: s.translation.session})
	case *api.TranslationInputAudioBufferAppend:
		return s.appendTranslation(e.Audio)
	case *api.TranslationSessionClose:
		s.closeTranslation()
	default:
		return s.echo(e, api.TranslationClientEventReplies(e), func(data []byte) (event, error) { return api.DecodeTranslationServerEvent(data) })
	}
	return nil
}

func (s *session) appendTranslation(sound []byte) *api.Error {
	if err := checkSound(sound, s.input.Settings().Format); err != nil {
		return err
	}
	for _, edge := range s.input.Append(sound) {
		if edge.Started {
			s.input.Start(edge.At, s.newID("item"))
			continue
		}
		_, turn := s.input.Stop(edge.At)
		s.translate(turn, edge.At)
	}
	s.input.Trim()
	return nil
}

// translate sends the transcript of a turn and its translation. at is the
// stream time at its end.
func (s *session) translate(sound []byte, at int) {
	heard := s.script.hear(sound, s.input.Settings().Format)
	t := s.translation
	t.elapsed = max(t.elapsed, msDuration(at).Truncate(translationStep))
	if _, on := t.session.Audio.Input.Transcription.Get(); on {
		for _, word := range words(heard.Text) {
			s.soon(0, func() {
				s.emit(&api.TranslationInputTranscriptDelta{EventID: s.newID("event"), Delta: word, ElapsedMS: s.elapsed()})
			})
		}
	}
	text := heard.Translation
	if text == "" {
		text = fmt.Sprintf("(%s) %s", or(t.session.Audio.Output.Language, "en"), heard.Text)
	}
	spoken := heard.Translated
	if spoken == nil {
		spoken = Tone(speakingTime(text))
	}
	for _, word := range words(text) {
		s.soon(0, func() {
			s.emit(&api.TranslationOutputTranscriptDelta{EventID: s.newID("event"), Delta: word, ElapsedMS: s.elapsed()})
		})
	}
	for size := audio.PCM24k.Bytes(translationStep); len(spoken) > 0; {
		piece := spoken[:min(size, len(spoken))]
		spoken = spoken[len(piece):]
		s.soon(s.cfg.playing(audio.PCM24k.Duration(len(piece))), func() {
			t.elapsed += translationStep
			s.emit(&api.TranslationOutputAudioDelta{
				EventID: s.newID("event"), Delta: piece, SampleRate: new(audio.PCM24k.Rate), Channels: new(1),
				Format: new("pcm16"), ElapsedMS: s.elapsed(),
			})
		})
	}
}

func (s *session) elapsed() api.Nullable[int] {
	return api.Value(int(s.translation.elapsed.Milliseconds()))
}

// soon does something after all output so far, and takes that long.
func (s *session) soon(takes time.Duration, do func()) {
	t, now := s.translation, s.cfg.Clock.Now()
	if t.next.Before(now) {
		t.next = now
	}
	s.after(t.next.Sub(now), do)
	t.next = t.next.Add(takes)
}

// closeTranslation sends what is still due, and then that the session is over.
func (s *session) closeTranslation() {
	s.translation.closing = true
	if s.input.ItemID() != "" {
		at := s.input.EndMS()
		s.translate(s.input.TakeAll(), at)
	}
	s.soon(0, func() {
		s.emit(&api.TranslationSessionClosed{EventID: s.newID("event")})
		// The client closes; one that does not is not waited for.
		s.after(time.Second, func() { s.close(1000, "") })
	})
}

// playing is how long sound of that length takes to send.
func (c *Config) playing(d time.Duration) time.Duration {
	if c.Pace <= 0 {
		return 0
	}
	return time.Duration(float64(d) / c.Pace)
}
