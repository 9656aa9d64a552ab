package realtimetest

import (
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// minCommitMS is the least audio that can be committed.
const minCommitMS = 100

// turns makes the user's turns of the audio that arrives. It belongs to the
// session's goroutine.
type turns struct {
	*core
	settings    *settings.Session
	buffer      speech.Buffer
	items       *conversation
	script      *scriptState
	transcriber *transcriber
	responses   *responder
}

// append handles input_audio_buffer.append.
func (t *turns) append(sound []byte) *api.Error {
	if err := checkSound(sound, t.buffer.Format()); err != nil {
		return err
	}
	for _, edge := range t.buffer.Append(sound) {
		if edge.Started {
			t.speechStarted(edge.At)
		} else {
			t.speechStopped(edge.At)
		}
	}
	t.buffer.Trim()
	return nil
}

// checkSound returns an error if sound cannot be appended.
func checkSound(sound []byte, format audio.Format) *api.Error {
	switch {
	case len(sound) == 0:
		return protocol.Error(protocol.CodeMissing, "audio", "the event holds no audio")
	case len(sound)%format.SampleSize() != 0:
		return protocol.Error(protocol.CodeInvalidValue, "audio", "the audio ends inside of a sample")
	}
	return nil
}

// appendCaller appends audio of a call's caller, which is 24 kHz PCM16.
func (t *turns) appendCaller(sound []byte) {
	if err := t.append(audio.Convert(sound, audio.PCM24k, t.buffer.Format())); err != nil {
		t.fail(err, "")
	}
}

func (t *turns) speechStarted(at int) {
	id := t.newID("item")
	start := t.buffer.Start(at, id)
	t.responses.idle.Cancel()
	t.emit(&api.InputAudioBufferSpeechStarted{EventID: t.newID("event"), AudioStartMS: start, ItemID: id})
	if t.buffer.Settings().Interrupt {
		t.responses.interrupt()
	}
}

func (t *turns) speechStopped(at int) {
	id, sound := t.buffer.Stop(at)
	t.emit(&api.InputAudioBufferSpeechStopped{EventID: t.newID("event"), AudioEndMS: at, ItemID: id})
	t.commit(id, sound)
	if t.buffer.Settings().Respond {
		t.respond()
	}
}

// commitRequested handles input_audio_buffer.commit.
func (t *turns) commitRequested() *api.Error {
	if ms := t.buffer.LengthMS(); ms < minCommitMS {
		message := fmt.Sprintf("the buffer holds %d ms of audio; a commit needs %d ms", ms, minCommitMS)
		return protocol.Error("input_audio_buffer_commit_empty", "", message)
	}
	id, sound := t.buffer.Clear()
	if id == "" {
		id = t.newID("item")
	}
	t.commit(id, sound)
	return nil
}

// clear handles input_audio_buffer.clear.
func (t *turns) clear() {
	t.buffer.Clear()
	t.emit(&api.InputAudioBufferCleared{EventID: t.newID("event")})
}

// commit makes sound the user's next message.
func (t *turns) commit(id string, sound []byte) {
	heard := t.script.hear(sound, t.buffer.Format())
	e := t.insert(id, sound, heard)
	if t.settings.Transcribes() {
		t.transcriber.transcribe(e, heard)
	}
}

// insert adds a spoken message of the user to the conversation.
func (t *turns) insert(id string, sound []byte, heard Heard) *entry {
	part := api.UserContent{Type: api.UserContentTypeInputAudio, Transcript: api.NullOf[string]()}
	e := &entry{
		id: id, sound: sound, length: len(sound), format: t.buffer.Format(), heard: heard.Text, fresh: true,
		item: &api.UserMessage{
			ID: new(id), Object: objectItem(), Status: new(api.ItemStatusCompleted),
			Content: []api.UserContent{part},
		},
	}
	before, _ := t.items.insert(e, nil)
	t.emit(&api.InputAudioBufferCommitted{EventID: t.newID("event"), PreviousItemID: nullable(before), ItemID: id})
	t.items.announce(e, before)
	return e
}

// timedOut starts a turn without speech, after idle_timeout_ms.
func (t *turns) timedOut() {
	if t.buffer.ItemID() != "" || t.responses.active() != nil {
		return
	}
	id := t.newID("item")
	t.emit(&api.InputAudioBufferTimeoutTriggered{
		EventID: t.newID("event"), AudioStartMS: t.buffer.BeginMS(), AudioEndMS: t.buffer.EndMS(), ItemID: id,
	})
	t.insert(id, t.buffer.TakeAll(), Heard{})
	t.respond()
}

// respond starts a response to the turn that has ended.
func (t *turns) respond() {
	if err := t.responses.start(nil); err != nil {
		t.fail(err, "")
	}
}
