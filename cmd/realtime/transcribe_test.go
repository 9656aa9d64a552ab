package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/transcribe"
)

// writeWAV writes sound of 24 kHz mono PCM16 as a WAV of a rate and a number of channels.
func writeWAV(t *testing.T, name string, sound []byte, format audio.Format, channels int) {
	t.Helper()
	f, err := os.Create(name)
	require.NoError(t, err)
	w := audio.NewWAVWriter(f, format, channels)
	converted, err := io.ReadAll(audio.Convert(audio.NewSource(strings.NewReader(string(sound)), audio.PCM24k), format))
	require.NoError(t, err)
	all := make([][]byte, channels)
	for i := range all {
		all[i] = converted
	}
	require.NoError(t, w.WriteChannels(all...))
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
}

// speech returns a second of speech between silences.
func speech(before, length time.Duration) []byte {
	sound := append(realtimetest.Silence(before), realtimetest.Tone(length)...)
	return append(sound, realtimetest.Silence(500*time.Millisecond)...)
}

func TestTranscribe(t *testing.T) {
	t.Parallel()
	srv := testServer(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{
		{Text: "Good morning."}, {Text: "What is <this>\n& that?"},
	}}})
	cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "transcribe", "call.wav")
	writeWAV(t, filepath.Join(cmd.Dir, "call.wav"), append(speech(500*time.Millisecond, time.Second), speech(0, 2*time.Second)...), audio.PCM(44100), 2)
	for format, want := range map[string]string{
		"text": " 0:00.20 – 0:02.00  Good morning.\n 0:02.00 – 0:04.50  What is <this> & that?\n",
		"srt": "1\n00:00:00,200 --> 00:00:02,000\nGood morning.\n\n" +
			"2\n00:00:02,000 --> 00:00:04,500\nWhat is <this> & that?\n\n",
		"vtt": "WEBVTT\n\n00:00:00.200 --> 00:00:02.000\nGood morning.\n\n" +
			"00:00:02.000 --> 00:00:04.500\nWhat is &lt;this&gt; &amp; that?\n\n",
		"json": `{"file":"call.wav","segments":[{"start":0.2,"end":2,"text":"Good morning."},{"start":2,"end":4.5,"text":"What is \u003cthis\u003e\n\u0026 that?"}]}` + "\n",
	} {
		next := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "transcribe", "call.wav", "-format", format)
		next.Dir = cmd.Dir
		r := realtimeIn(t, next)
		assert.Zero(t, r.status, r.stderr)
		assert.Empty(t, r.stderr)
		assert.Equal(t, want, r.stdout, format)
	}
}

// TestTranscribesManyFiles: one that is no WAV does not stop the others.
func TestTranscribesManyFiles(t *testing.T) {
	t.Parallel()
	srv := testServer(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{Text: "Good morning."}}}})
	cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "transcribe", "a.wav", "b.wav", "c.wav", "-format", "srt", "-dir", "subtitles", "-language", "en")
	for _, name := range []string{"a.wav", "c.wav"} { // As from a phone.
		writeWAV(t, filepath.Join(cmd.Dir, name), speech(0, time.Second), audio.ULaw, 1)
	}
	require.NoError(t, os.WriteFile(filepath.Join(cmd.Dir, "b.wav"), []byte("no sound"), 0o600))
	r := realtimeIn(t, cmd)
	assert.Equal(t, 1, r.status)
	assert.Equal(t, "subtitles/a.srt\nsubtitles/b.srt\nsubtitles/c.srt\n", r.stdout)
	assert.Equal(t, "realtime: b.wav: audio: read WAV header: unexpected EOF\n", r.stderr)
	srt, err := os.ReadFile(filepath.Join(cmd.Dir, "subtitles", "c.srt"))
	require.NoError(t, err)
	assert.Contains(t, string(srt), "\nGood morning.\n")
	for _, c := range srv.Conns() {
		assert.Contains(t, strings.Join(c.Types(realtimetest.Received), " "), "session.update")
	}
	r = realtimeTo(t, srv.URL, "transcribe", "a.wav", "c.wav", "-format", "vtt")
	assert.Equal(t, 2, r.status)
	assert.Contains(t, r.stderr, "need --dir")
}

func TestTranscribeWithoutAKey(t *testing.T) {
	t.Parallel()
	cmd := command(t, nil, "transcribe", "-json", "call.wav")
	sound, err := recordings.Read("question")
	require.NoError(t, err)
	writeWAV(t, filepath.Join(cmd.Dir, "call.wav"), sound, audio.PCM24k, 1)
	r := realtimeIn(t, cmd)
	assert.Zero(t, r.status)
	assert.Equal(t, "realtime: OPENAI_API_KEY is not set: a test server in this process answers\n", r.stderr)
	assert.Equal(t, `{"file":"call.wav","segments":[{"start":0,"end":2.679,"text":"Spoken turn 1, 2.7 seconds."}]}`+"\n", r.stdout)
}

func TestClockOfSubtitles(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "01:02:03,005", clock(time.Hour+2*time.Minute+3*time.Second+4600*time.Microsecond, ','))
	assert.Equal(t, "WEBVTT\n\n", asVTT(&transcribe.Transcript{}))
}

func TestTranslate(t *testing.T) {
	t.Parallel()
	srv := testServer(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{
		{Text: "Good morning.", Translation: "Bom dia.", Translated: realtimetest.Tone(700 * time.Millisecond)},
		{Text: "It is 7.5 degrees", Translation: "São 7,5 graus", Translated: realtimetest.Tone(300 * time.Millisecond)},
	}}})
	cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "translate", "talk.wav", "-to", "pt", "-out", "pt.wav", "-speed", "0")
	writeWAV(t, filepath.Join(cmd.Dir, "talk.wav"), append(speech(0, time.Second), speech(0, time.Second)...), audio.PCM(16000), 1)
	r := realtimeIn(t, cmd)
	assert.Zero(t, r.status, r.stderr)
	assert.Empty(t, r.stderr)
	assert.Equal(t, []string{"user     Good morning.", "pt       Bom dia.", "user     It is 7.5 degrees", "pt       São 7,5 graus"}, withoutTimes(r.stdout))
	translated, err := readSound(filepath.Join(cmd.Dir, "pt.wav"))
	require.NoError(t, err)
	assert.Equal(t, time.Second, audio.PCM24k.Duration(len(translated)))
	updates := realtimetest.Is(realtimetest.Received, "session.update")
	e, err := srv.Conns()[0].WaitFor(t.Context(), updates)
	require.NoError(t, err)
	assert.Contains(t, string(e.Data), `"language":"pt"`)

	again := realtimeTo(t, srv.URL, "translate", filepath.Join(cmd.Dir, "talk.wav"), "-to", "pt", "-out", filepath.Join(cmd.Dir, "pt.wav"))
	assert.Equal(t, 1, again.status)
	assert.Contains(t, again.stderr, "replace it with --force, or choose another with --out")
	again = realtimeTo(t, srv.URL, "translate", filepath.Join(cmd.Dir, "talk.wav"), "-to", "pt", "-json", "-speed", "0")
	assert.Contains(t, again.stdout, `"kind":"pt","text":"Bom dia."}`)
	assert.Equal(t, 2, realtimeTo(t, srv.URL, "translate", "x.wav").status, "the language is required")
}

// TestATranslationEndsWithItsSound holds that nothing waits for the translation of sound that
// cannot be read.
func TestATranslationEndsWithItsSound(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	var remarks bytes.Buffer
	one := &translating{server: server{test: true}, to: "pt", translator: "gpt-realtime-translate"}
	err := one.hold(t.Context(), &output{Writer: io.Discard, remarks: &remarks}, io.Discard, func(*realtime.TranslationSession) error { return broken })
	require.ErrorIs(t, err, broken)
	assert.Equal(t, 1, strings.Count(err.Error(), broken.Error()), err)
	assert.Empty(t, remarks.String())
}

// TestARefusedTranslationEnds holds the same of one that the server refuses to configure, and
// that the reason is printed once.
func TestARefusedTranslationEnds(t *testing.T) {
	t.Parallel()
	refusal := `{"type":"error","event_id":"e","error":{"type":"invalid_request_error","message":"no such language"}}`
	srv := testServer(t, &realtimetest.Config{Script: realtimetest.Script{Faults: []realtimetest.Fault{
		{At: realtimetest.Is(realtimetest.Received, "session.update"), Do: realtimetest.Send{Data: []byte(refusal)}},
	}}})
	cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "translate", "talk.wav", "-to", "pt")
	writeWAV(t, filepath.Join(cmd.Dir, "talk.wav"), speech(0, time.Second), audio.PCM(16000), 1)
	r := realtimeIn(t, cmd)
	assert.Equal(t, 1, r.status)
	assert.Equal(t, 1, strings.Count(r.stderr, "no such language"), r.stderr)
}

// withoutTimes returns the lines of captions without the time in front of each.
func withoutTimes(stdout string) []string {
	var all []string
	for line := range strings.Lines(stdout) {
		all = append(all, strings.TrimSpace(line[10:]))
	}
	return all
}
