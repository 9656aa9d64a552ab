// Command translate speaks a recording in another language while it is sent, and prints both
// languages.
//
//	go run ./examples/translate -to pt -out pt.wav talk.wav
//
// needs neither key nor network: an in-process server knows the recording of the demo, which
// is sent without an argument. With LIVE=1 and OPENAI_API_KEY set the API translates.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// server is the one that replaces the API without LIVE=1.
var server = &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{
	Text:        "What will the weather be like in Lisbon on Saturday?",
	Translation: "Como vai estar o tempo em Lisboa no sábado?",
	Translated:  realtimetest.Tone(audio.PCM24k.Duration(96_000)),
}}}}

func main() {
	to := flag.String("to", "pt", "`code` of the language")
	out := flag.String("out", "demo-out/translation.wav", "WAV `file` for the translation")
	flag.Parse()
	from := "examples/demo/recordings/question.wav"
	if flag.NArg() > 0 {
		from = flag.Arg(0)
	}
	offline.Main("translate", server, func(ctx context.Context, cfg *realtime.Config) error {
		if err := os.MkdirAll(filepath.Dir(*out), 0o750); err != nil {
			return err
		}
		return run(ctx, cfg, from, *to, *out, os.Stdout)
	})
}

// run opens both files.
func run(ctx context.Context, cfg *realtime.Config, from, to, out string, text io.Writer) (err error) {
	in, err := os.Open(from) //nolint:gosec // The user chooses the name.
	if err != nil {
		return err
	}
	defer in.Close()
	wav, err := audio.ReadWAV(in, &audio.WAVOptions{Mix: true})
	if err != nil {
		return err
	}
	f, err := os.Create(out) //nolint:gosec // The user chooses the name.
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	spoken := audio.NewWAVWriter(f, audio.PCM24k, 1)
	defer func() { err = errors.Join(err, spoken.Close()) }()
	client, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	return translate(ctx, client, audio.Convert(wav, audio.PCM24k), to, spoken, text)
}

// translate sends a recording at its own speed, and writes the translation as it comes.
func translate(ctx context.Context, client *realtime.Client, sound io.Reader, to string, spoken, text io.Writer) error {
	s, err := client.ConnectTranslation(ctx, api.TranslationModelGPTRealtimeTranslate, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Update(ctx, api.TranslationSessionChange{Audio: &api.TranslationAudio{
		Input:  &api.TranslationAudioInput{Transcription: api.Value(api.TranslationTranscription{Model: api.TranscriptionModelGPT4oMiniTranscribe})},
		Output: &api.TranslationAudioOutput{Language: &to},
	}})
	if err != nil {
		return err
	}
	sent := make(chan error, 1)
	go func() {
		_, err := s.PaceAudio(ctx, sound, realtime.Pace{})
		sent <- errors.Join(err, s.Finish(ctx)) // The server translates what it has, and closes.
	}()
	last := ""
	show := func(kind, piece string) {
		if kind != last {
			fmt.Fprintf(text, "\n%s: ", kind)
		}
		last = kind
		fmt.Fprint(text, piece)
	}
	for e, err := range s.Events(ctx) {
		if err != nil {
			return errors.Join(err, s.Abort(err), <-sent)
		}
		switch e := e.(type) {
		case *api.TranslationInputTranscriptDelta:
			show("said", e.Delta)
		case *api.TranslationOutputTranscriptDelta:
			show(to, e.Delta)
		case *api.TranslationOutputAudioDelta:
			if _, err := spoken.Write(e.Delta); err != nil {
				return errors.Join(err, s.Abort(err), <-sent)
			}
		case *api.ErrorEvent:
			show("error", realtime.NewServerError(e).Error()) // The session goes on.
		default:
		}
	}
	fmt.Fprintln(text)
	return <-sent
}
