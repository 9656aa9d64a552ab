package telephonytest

import (
	"io"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// WriteWAV writes what both sides have said so far as a stereo WAV on one clock, at 24 kHz:
// the caller on the left, and on the right what the caller has heard.
func (c *Call) WriteWAV(w io.Writer) error {
	c.mu.Lock()
	now := time.Now()
	said := append([]byte(nil), c.said...)
	var heard []byte
	if !c.began.IsZero() {
		heard = c.ear.timeline(c.began, now)
	}
	c.mu.Unlock()
	out := audio.NewWAVWriter(w, audio.PCM24k, 2)
	if err := out.WriteChannels(convert(c.in, said), convert(c.out, heard)); err != nil {
		return err
	}
	return out.Close()
}

func convert(from audio.Format, sound []byte) []byte {
	k := audio.NewConverter(from, audio.PCM24k)
	return k.AppendRest(k.Append(nil, sound))
}
