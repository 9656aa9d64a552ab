package realtimetest

import (
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/delta"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// translationStep is the resolution of elapsed_ms and the length of the audio in
// one delta.
const translationStep = 200 * time.Millisecond

// translation is a translation session. It finds spoken turns with the detector's
// defaults and translates them one by one. It belongs to the session's goroutine.
type translation struct {
	*core
	conn    *sender // Where core sends.
	script  *scriptState
	buffer  speech.Buffer
	session api.TranslationSession
	next    time.Time     // When the output so far has been sent.
	elapsed time.Duration // The elapsed_ms of the output.
	closing bool          // The client has sent session.close.
}

func newTranslation(c *core, conn *sender, script *scriptState, session api.TranslationSession) *translation {
	t := &translation{core: c, conn: conn, script: script, session: session}
	set := speech.Settings{Format: audio.PCM24k}
	set.Detect(nil, nil, nil)
	t.buffer.Configure(set)
	return t
}

// receive handles one text frame.
func (t *translation) receive(data []byte) {
	d := t.cfg.checker().DecodeTranslation(data)
	t.conn.received(d.Type, data)
	switch {
	case d.Err != nil:
	case t.closing:
		d.Err = protocol.Error("session_closing", "", "nothing may follow session.close")
	default:
		d.Err = t.handle(d.Event)
	}
	if d.Err != nil {
		t.fail(d.Err, d.ID)
	}
}

func (t *translation) handle(e api.TranslationClientEvent) *api.Error {
	switch e := e.(type) {
	case *api.TranslationSessionUpdate:
		if err := settings.ApplyTranslation(&t.session, e.Session); err != nil {
			return err
		}
		t.emit(&api.TranslationSessionUpdated{EventID: t.newID("event"), Session: t.session})
	case *api.TranslationInputAudioBufferAppend:
		return t.append(e.Audio)
	case *api.TranslationSessionClose:
		t.end()
	default:
		return echoes{t.core}.answer(e, api.TranslationClientEventReplies(e), func(data []byte) (event, error) { return api.DecodeTranslationServerEvent(data) })
	}
	return nil
}

func (t *translation) append(sound []byte) *api.Error {
	if err := checkSound(sound, t.buffer.Format()); err != nil {
		return err
	}
	for _, edge := range t.buffer.Append(sound) {
		if edge.Started {
			t.buffer.Start(edge.At, t.newID("item"))
			continue
		}
		_, turn := t.buffer.Stop(edge.At)
		t.translate(turn, edge.At)
	}
	t.buffer.Trim()
	return nil
}

// translate sends the transcript of a turn and its translation. at is the stream
// time at the end of the turn.
func (t *translation) translate(sound []byte, at int) {
	heard := t.script.hear(sound, t.buffer.Format())
	t.elapsed = max(t.elapsed, milliseconds(at).Truncate(translationStep))
	if _, on := t.session.Audio.Input.Transcription.Get(); on {
		for _, word := range delta.Words(heard.Text) {
			t.schedule(0, func() {
				t.emit(&api.TranslationInputTranscriptDelta{EventID: t.newID("event"), Delta: word, ElapsedMS: t.elapsedMS()})
			})
		}
	}
	text := heard.Translation
	if text == "" {
		text = fmt.Sprintf("(%s) %s", settings.Or(t.session.Audio.Output.Language, "en"), heard.Text)
	}
	spoken := heard.Translated
	if spoken == nil {
		spoken = Tone(delta.SpeakingTime(text))
	}
	for _, word := range delta.Words(text) {
		t.schedule(0, func() {
			t.emit(&api.TranslationOutputTranscriptDelta{EventID: t.newID("event"), Delta: word, ElapsedMS: t.elapsedMS()})
		})
	}
	for size := audio.PCM24k.Bytes(translationStep); len(spoken) > 0; {
		piece := spoken[:min(size, len(spoken))]
		spoken = spoken[len(piece):]
		t.schedule(t.cfg.sendTime(audio.PCM24k.Duration(len(piece))), func() {
			t.elapsed += translationStep
			t.emit(&api.TranslationOutputAudioDelta{
				EventID: t.newID("event"), Delta: piece, SampleRate: new(audio.PCM24k.Rate), Channels: new(1),
				Format: new("pcm16"), ElapsedMS: t.elapsedMS(),
			})
		})
	}
}

func (t *translation) elapsedMS() api.Nullable[int] {
	return api.Value(int(t.elapsed.Milliseconds()))
}

// schedule runs do after all output so far. The output of do takes the time takes.
func (t *translation) schedule(takes time.Duration, do func()) {
	now := t.cfg.Clock.Now()
	if t.next.Before(now) {
		t.next = now
	}
	t.after(t.next.Sub(now), do)
	t.next = t.next.Add(takes)
}

// end handles session.close: it sends the rest of the output and session.closed.
func (t *translation) end() {
	t.closing = true
	if t.buffer.ItemID() != "" {
		at := t.buffer.EndMS()
		t.translate(t.buffer.TakeAll(), at)
	}
	t.schedule(0, func() {
		t.emit(&api.TranslationSessionClosed{EventID: t.newID("event")})
		// The client closes the connection. Otherwise the server does.
		t.after(time.Second, func() { t.conn.close(1000, "") })
	})
}
