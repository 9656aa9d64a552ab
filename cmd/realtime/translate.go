package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/cmd/realtime/internal/device"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// translating is the subcommand translate.
type translating struct {
	server
	to, out, translator string
	force, mute         bool
	speed               float64
	device              device.Options
}

func newTranslate() *cobra.Command {
	t := &translating{}
	cmd := &cobra.Command{
		Use:   "translate [FILE]",
		Short: "Translate speech while it is spoken, as text and sound",
		Long: `Translate speech while it is spoken: what is said in its own language, and the translation, as
text and as sound.

Without a file the microphone is translated until Ctrl-C, and the loudspeaker speaks the
translation. Use headphones, or -half: a microphone that hears the translation has it
translated as well. With -mute there are captions alone.`,
		Example: `  realtime translate -to es
  realtime translate -to es -mute
  realtime translate talk.wav -to es -out talk.es.wav
  realtime translate talk.wav -to de -json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: wavFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if t.speed < 0 {
				return &usageError{errors.New("--speed is negative"), cmd.CommandPath()}
			}
			if len(args) == 0 {
				if cmd.Flags().Changed("speed") {
					return &usageError{errors.New("--speed needs a file"), cmd.CommandPath()}
				}
				return t.listen(cmd.Context(), outputOf(cmd))
			}
			for _, name := range []string{"mute", "half", "microphone", "loudspeaker"} {
				if cmd.Flags().Changed(name) {
					return &usageError{fmt.Errorf("--%s is for the microphone, not for a file", name), cmd.CommandPath()}
				}
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
	f.BoolVar(&t.mute, "mute", false, "keep the loudspeaker silent")
	f.BoolVar(&t.device.Half, "half", false, "silence the microphone while the loudspeaker speaks")
	f.StringVar(&t.device.Microphone, "microphone", "", "`name` of the microphone, of realtime talk -devices")
	f.StringVar(&t.device.Loudspeaker, "loudspeaker", "", "`name` of the loudspeaker, of realtime talk -devices")
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
	return t.hold(ctx, out, spoken, func(s *realtime.TranslationSession) error { return t.send(ctx, s, sound) })
}

// hold holds a session: send sends what is spoken, and its end, while the translation is
// received.
func (t *translating) hold(ctx context.Context, out *output, spoken io.Writer, send func(*realtime.TranslationSession) error) (err error) {
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
	go func() {
		err := t.configure(ctx, s)
		if err == nil {
			err = send(s)
		}
		if err != nil {
			_ = s.Abort(err) // It ends the receiver.
		}
		sending <- err
	}()
	failed := t.receive(ctx, s, out, spoken)
	if failed != nil {
		_ = s.Abort(failed) // It ends the sender.
	}
	if sent := <-sending; failed == nil {
		return sent
	}
	return failed // The sender's error is the same, or a consequence.
}

// destination opens the file for the translation.
func (t *translating) destination() (w io.Writer, end func() error, err error) {
	if t.out == "" {
		return io.Discard, func() error { return nil }, nil
	}
	f, err := create(t.out, t.force, "--out")
	if err != nil {
		return nil, nil, err
	}
	wav := audio.NewWAVWriter(f, audio.PCM24k, 1)
	return wav, func() error { return errors.Join(wav.Close(), f.Close()) }, nil
}

// configure chooses the language, and asks for what is said in its own.
func (t *translating) configure(ctx context.Context, s *realtime.TranslationSession) error {
	_, err := s.Update(ctx, api.TranslationSessionChange{Audio: &api.TranslationAudio{
		Input:  &api.TranslationAudioInput{Transcription: api.Value(api.TranslationTranscription{Model: api.TranscriptionModelGPT4oMiniTranscribe})},
		Output: &api.TranslationAudioOutput{Language: &t.to},
	}})
	return err
}

// send sends the whole file, and waits for the rest of the translation.
func (t *translating) send(ctx context.Context, s *realtime.TranslationSession, sound io.Reader) (err error) {
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
