package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// translating is the subcommand translate.
type translating struct {
	server
	to, out, translator string
	force               bool
	speed               float64
}

func newTranslate() *cobra.Command {
	t := &translating{}
	cmd := &cobra.Command{
		Use:   "translate FILE",
		Short: "Translate speech while it is spoken, as text and sound",
		Long: `Translate a WAV file of speech while it is sent: what is said in its own language, and the
translation, as text and with -out as sound.`,
		Example: `  realtime translate talk.wav -to es -out talk.es.wav
  realtime translate talk.wav -to de -json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: wavFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if t.speed < 0 {
				return &usageError{errors.New("--speed is negative"), cmd.CommandPath()}
			}
			return t.run(cmd.Context(), outputOf(cmd), args[0])
		},
	}
	t.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&t.to, "to", "", "`code` of the language, such as es")
	f.StringVarP(&t.out, "out", "o", "", "WAV `file` for the translation")
	f.BoolVar(&t.force, "force", false, "replace an existing file")
	f.StringVar(&t.translator, "translator", string(api.TranslationModelGPTRealtimeTranslate), "`model` that translates")
	f.Float64Var(&t.speed, "speed", 1, "speed at which the file is sent, as a multiple of its own; 0 for no delay")
	_ = f.MarkHidden("model") // It is the translator's that counts.
	_ = cmd.MarkFlagRequired("to")
	return cmd
}

func (t *translating) run(ctx context.Context, out *output, name string) (err error) {
	sound, err := openSound(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sound.Close()) }()
	spoken, end, err := t.destination()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	client, closeClient, err := t.client(out, &realtimetest.Config{DiscardLog: true})
	if err != nil {
		return err
	}
	defer closeClient()
	s, err := client.ConnectTranslation(ctx, api.TranslationModel(t.translator), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	sending := make(chan error, 1)
	go func() { sending <- t.send(ctx, s, sound) }()
	failed := t.receive(ctx, s, out, spoken)
	if failed != nil {
		_ = s.Abort(failed) // It ends the sender.
	}
	return errors.Join(failed, <-sending)
}

// destination opens the file for the translation.
func (t *translating) destination() (w io.Writer, end func() error, err error) {
	if t.out == "" {
		return io.Discard, func() error { return nil }, nil
	}
	f, err := create(t.out, t.force)
	if err != nil {
		return nil, nil, err
	}
	wav := audio.NewWAVWriter(f, audio.PCM24k, 1)
	return wav, func() error { return errors.Join(wav.Close(), f.Close()) }, nil
}

// send sends the settings and the whole file, and waits for the rest of the translation.
func (t *translating) send(ctx context.Context, s *realtime.TranslationSession, sound io.Reader) error {
	_, err := s.Update(ctx, api.TranslationSessionChange{Audio: &api.TranslationAudio{
		Input:  &api.TranslationAudioInput{Transcription: api.Value(api.TranslationTranscription{Model: api.TranscriptionModelGPT4oMiniTranscribe})},
		Output: &api.TranslationAudioOutput{Language: &t.to},
	}})
	if err != nil {
		return err
	}
	if t.speed == 0 {
		_, err = s.AppendAudioFrom(ctx, sound)
	} else {
		_, err = s.PaceAudio(ctx, sound, realtime.Pace{Speed: t.speed})
	}
	if err != nil {
		return err
	}
	return s.Finish(ctx)
}

// receive prints what is said in both languages and writes the sound of the translation.
func (t *translating) receive(ctx context.Context, s *realtime.TranslationSession, out *output, spoken io.Writer) error {
	began := time.Now()
	said, translated := &sentences{kind: "user", out: out}, &sentences{kind: t.to, out: out}
	for e, err := range s.Events(ctx) {
		if _, malformed := errors.AsType[*api.DecodeError](err); malformed {
			out.remark("%v", err)
			continue
		}
		if err == nil {
			switch e := e.(type) {
			case *api.TranslationInputTranscriptDelta:
				err = said.add(time.Since(began), e.Delta)
			case *api.TranslationOutputTranscriptDelta:
				err = translated.add(time.Since(began), e.Delta)
			case *api.TranslationOutputAudioDelta:
				_, err = spoken.Write(e.Delta)
			case *api.ErrorEvent:
				err = realtime.NewServerError(e)
			default:
			}
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(said.flush(), translated.flush())
}

// sentences joins pieces of text and prints whole sentences.
type sentences struct {
	kind string
	out  *output
	at   time.Duration // of the first piece that was not printed
	text strings.Builder
}

func (s *sentences) add(at time.Duration, piece string) error {
	if s.text.Len() == 0 {
		s.at = at
	}
	s.text.WriteString(piece)
	if last, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(piece)); strings.ContainsRune(".?!。？！", last) {
		return s.flush()
	}
	return nil
}

func (s *sentences) flush() error {
	text := strings.TrimSpace(s.text.String())
	s.text.Reset()
	if text == "" {
		return nil
	}
	c := captionAt(s.at, s.kind, "%s", text)
	return s.out.show(c, "%s", c)
}
