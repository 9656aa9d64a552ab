package audio_test

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

func ExampleFormat() {
	f := audio.ULaw
	frame := f.AppendTone(nil, 440, 20*time.Millisecond, 0.5)
	fmt.Println(f, f.Rate(), len(frame), f.Duration(len(frame)))
	fmt.Println(audio.PCM24k.Bytes(20 * time.Millisecond))
	// Output:
	// pcmu/8000 8000 160 20ms
	// 960
}

// The end of a sound that is cut off clicks; a fade of 5 ms makes the cut inaudible.
func ExampleFormat_Fade() {
	f := audio.PCM24k
	sound := f.AppendTone(nil, 440, time.Second, 0.5)

	cut := sound[:f.Bytes(300*time.Millisecond)]
	f.Fade(cut[len(cut)-f.Bytes(5*time.Millisecond):], 1, 0)

	fmt.Println(f.Duration(len(cut)))
	// Output: 300ms
}

// A recording of any rate becomes sound for the API, and a telephone's sound in turn.
func ExampleReadWAV() {
	var file bytes.Buffer // A stereo recording at 44.1 kHz, the caller on the left.
	cd := audio.PCM(44100)
	w := audio.NewWAVWriter(&file, cd, 2)
	if err := w.WriteChannels(cd.AppendTone(nil, 440, time.Second, 0.5)); err != nil {
		fmt.Println(err)
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
	}

	_, err := audio.ReadWAV(bytes.NewReader(file.Bytes()), nil)
	fmt.Println(err)

	wav, err := audio.ReadWAV(&file, &audio.WAVOptions{Channel: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	sound, err := io.ReadAll(audio.Convert(wav, audio.PCM24k))
	fmt.Println(wav.Format(), audio.PCM24k.Duration(len(sound)), err)
	// Output:
	// audio: unsupported format: WAV of 2 channels; choose one with WAVOptions.Channel, or all with WAVOptions.Mix
	// pcm/44100 1s <nil>
}

// Frames of a telephone call become frames of the API, one at a time.
func ExampleConverter() {
	c := audio.NewConverter(audio.ULaw, audio.PCM24k)
	frame := audio.ULaw.AppendSilence(nil, 20*time.Millisecond)
	var sound []byte
	for range 50 {
		sound = c.Append(sound, frame)
	}
	fmt.Println(audio.PCM24k.Duration(len(sound)), "and", c.Delay())
	sound = c.AppendRest(sound)
	fmt.Println(audio.PCM24k.Duration(len(sound)))
	// Output:
	// 996.25ms and 3.75ms
	// 1s
}
