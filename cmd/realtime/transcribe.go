package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/transcribe"
)

// transcribing is the subcommand transcribe.
type transcribing struct {
	server
	transcriber, format, dir string
	languages                []string
	sessions                 int
	force                    bool
}

func newTranscribe() *cobra.Command {
	t := &transcribing{}
	cmd := &cobra.Command{
		Use:   "transcribe FILE…",
		Short: "Turn recordings of speech into text, SRT, WebVTT or JSON",
		Long: `Turn recordings of speech into text with timestamps, subtitles or JSON, several at once. A
file is a WAV of any rate and encoding; its channels are mixed. A file that fails does not
affect the others, and makes the exit status 1.`,
		Example: `  realtime transcribe call.wav
  realtime transcribe *.wav -format srt -dir subtitles`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: wavFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			out := outputOf(cmd)
			if out.json {
				t.format = "json"
			}
			switch {
			case formats[t.format] == nil:
				return &usageError{fmt.Errorf("--format: there is no format %q", t.format), cmd.CommandPath()}
			case len(args) > 1 && t.dir == "" && (t.format == "srt" || t.format == "vtt"):
				return &usageError{errors.New("subtitles of several files need --dir"), cmd.CommandPath()}
			}
			return t.run(cmd.Context(), out, args)
		},
	}
	t.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&t.transcriber, "transcriber", "", "`model` that transcribes (default: gpt-transcribe)")
	f.StringVar(&t.format, "format", "text", "`format`: text, srt, vtt or json")
	f.StringVar(&t.dir, "dir", "", "`directory` for a file of each recording (default: standard output)")
	f.StringSliceVar(&t.languages, "language", nil, "`codes` of the languages, such as en (default: found out)")
	f.IntVar(&t.sessions, "sessions", 4, "how many files are transcribed at the same time")
	f.BoolVar(&t.force, "force", false, "replace existing files in -dir")
	_ = f.MarkHidden("model") // It is the transcriber's that counts.
	return cmd
}

func (t *transcribing) run(ctx context.Context, out *output, names []string) error {
	client, end, err := t.client(out, &realtimetest.Config{DiscardLog: true})
	if err != nil {
		return err
	}
	defer end()
	if t.dir != "" {
		if err := os.MkdirAll(t.dir, 0o700); err != nil {
			return err
		}
	}
	bar := newProgress(out.remarks, len(names))
	defer bar.clear()
	var sources []transcribe.Source
	for _, name := range names {
		sources = append(sources, transcribe.Source{Name: name, Open: func() (io.Reader, error) { return bar.open(name) }})
	}
	var failed error
	for transcript := range transcribe.Files(ctx, client, sources, t.options()) {
		bar.clear()
		if transcript.Err != nil {
			failed = errors.Join(failed, transcript.Err)
		}
		if err := t.write(out, &transcript, len(names) > 1); err != nil {
			return err
		}
		bar.done()
	}
	return failed
}

func (t *transcribing) options() *transcribe.Options {
	o := &transcribe.Options{Model: api.TranscriptionModel(t.transcriber), Sessions: t.sessions}
	if len(t.languages) > 0 {
		transcription := api.AudioTranscription{Language: api.Value(t.languages[0])}
		if len(t.languages) > 1 {
			transcription = api.AudioTranscription{Languages: t.languages}
		}
		o.Settings = &api.TranscriptionSessionConfig{Audio: &api.TranscriptionAudio{
			Input: &api.AudioInput{Transcription: api.Value(transcription)},
		}}
	}
	return o
}

// write writes a transcript to its file, or to standard output.
func (t *transcribing) write(out *output, transcript *transcribe.Transcript, several bool) error {
	text := formats[t.format](transcript)
	if t.dir == "" {
		if several && t.format == "text" {
			text = transcript.Name + "\n" + text + "\n"
		}
		_, err := io.WriteString(out, text)
		return err
	}
	extension := map[string]string{"text": ".txt"}[t.format]
	if extension == "" {
		extension = "." + t.format
	}
	name := filepath.Join(t.dir, beside(filepath.Base(transcript.Name), extension))
	f, err := create(name, t.force, "--dir")
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	_, err = io.WriteString(out, strings.TrimSuffix(name, "\n")+"\n")
	return err
}
