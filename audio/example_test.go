package audio_test

import (
	"fmt"
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
