package caller

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/caller/internal/words"
)

// sounds are what the caller says, plays or makes in each step, by its index, as 24 kHz
// PCM16.
type sounds struct {
	steps map[int][]byte
	notes []string // what could not be as the scenario wants it
}

// prepare makes the sounds of a scenario. scripted allows tones in place of a voice that
// is not installed. It blocks for espeak-ng and for files.
func (s *Scenario) prepare(ctx context.Context, scripted bool) (*sounds, error) {
	all := &sounds{steps: map[int][]byte{}}
	voice := s.Voice
	if _, err := exec.LookPath("espeak-ng"); voice.Espeak != "" && err != nil && scripted {
		voice.Espeak = ""
		all.notes = append(all.notes, "voice: espeak-ng is not installed, the caller speaks in tones")
	}
	if !scripted && voice == (Voice{}) {
		for _, step := range s.Steps {
			if _, ok := step.Do.(Say); ok {
				return nil, fmt.Errorf("caller: %s: a model does not understand tones: set the scenario's voice to recordings or espeak-ng", s.Name)
			}
		}
	}
	for i, step := range s.Steps {
		var sound []byte
		var err error
		switch do := step.Do.(type) {
		case Say:
			sound, err = voice.say(ctx, s.open(), string(do))
		case Play:
			sound, err = readSound(s.open(), do.File)
		case Noise:
			noise := noises[do.Kind]
			if noise == nil {
				err = fmt.Errorf("there is no noise %q", do.Kind)
				break
			}
			sound = noise(do.For)
		case nil:
			err = errors.New("it does nothing")
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("caller: %s: step %d: %w", s.Name, i+1, err)
		}
		all.steps[i] = sound
	}
	return all, nil
}

// open returns where recordings are.
func (s *Scenario) open() fs.FS {
	if s.files != nil {
		return s.files
	}
	return os.DirFS(".")
}

// say makes sound of a text.
func (v *Voice) say(ctx context.Context, files fs.FS, text string) ([]byte, error) {
	switch {
	case v.Recordings != "":
		return readSound(files, path.Join(v.Recordings, strings.Join(words.Of(text), "-")+".wav"))
	case v.Espeak != "":
		return v.espeak(ctx, text)
	}
	const hertz, amplitude = 330, 0.25
	length := 300*time.Millisecond + time.Duration(utf8.RuneCountInString(text))*60*time.Millisecond
	return audio.PCM24k.AppendTone(nil, hertz, length, amplitude), nil
}

func (v *Voice) espeak(ctx context.Context, text string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "espeak-ng", "-v", v.Espeak, "--stdin", "--stdout") //nolint:gosec // The scenario chooses the voice.
	cmd.Stdin = strings.NewReader(text)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	wav, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("espeak-ng: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	return decode(bytes.NewReader(wav), "espeak-ng")
}

func readSound(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // Opened for reading.
	return decode(f, name)
}

func decode(r io.Reader, name string) ([]byte, error) {
	wav, err := audio.ReadWAV(r, &audio.WAVOptions{Mix: true})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	sound, err := io.ReadAll(audio.Convert(wav, audio.PCM24k))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return sound, nil
}

// noises make noises by their kind.
var noises = map[string]func(time.Duration) []byte{
	"cough": func(d time.Duration) []byte {
		sound := white(d, 0.5)
		audio.PCM24k.Fade(sound, 1, 0)
		return sound
	},
	"hiss": func(d time.Duration) []byte { return white(d, 0.004) },
}

// white returns white noise of a peak amplitude between 0 and 1, the same each time.
func white(d time.Duration, amplitude float64) []byte {
	const fullScale = 32767
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // Noise is no secret.
	samples := make([]int16, audio.PCM24k.Bytes(d)/audio.PCM24k.SampleSize())
	for i := range samples {
		samples[i] = int16((2*rng.Float64() - 1) * amplitude * fullScale)
	}
	return audio.PCM24k.AppendBytes(nil, samples)
}

// converted returns a sound of prepare in the format of a line.
func converted(sound []byte, to audio.Format) []byte {
	if to == audio.PCM24k {
		return sound
	}
	c := audio.NewConverter(audio.PCM24k, to)
	return c.AppendRest(c.Append(nil, sound))
}
