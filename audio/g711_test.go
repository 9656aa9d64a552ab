package audio_test

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

// The digests are of tables made by CPython's audioop module, which contains Sun's
// g711.c: an independent implementation.
func TestG711AgreesWithAnIndependentTable(t *testing.T) {
	t.Parallel()
	var all, positive []int16
	for s := math.MinInt16; s <= math.MaxInt16; s++ {
		all = append(all, int16(s))
		if s >= 0 {
			positive = append(positive, int16(s))
		}
	}
	pcm := func(f audio.Format) []byte { return audio.PCM8k.AppendBytes(nil, f.AppendSamples(nil, codes())) }
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"mu-law decode": {pcm(audio.ULaw), "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827"},
		"A-law decode":  {pcm(audio.ALaw), "e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174"},
		"A-law encode":  {audio.ALaw.AppendBytes(nil, all), "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b"},
		// Sun's code rounds negative samples at segment edges in the other direction
		// than G.191.
		"mu-law encode": {audio.ULaw.AppendBytes(nil, positive), "912062bf9c931c7ebc1dc1fd1d74faf0cfefcd47e8408a3ed4d07aa59f0f1c20"},
	} {
		sum := sha256.Sum256(c.got)
		assert.Equal(t, c.want, hex.EncodeToString(sum[:]), name)
	}
}

func TestG711RoundTrips(t *testing.T) {
	t.Parallel()
	assert.Equal(t, codes(), audio.ALaw.AppendBytes(nil, audio.ALaw.AppendSamples(nil, codes())))
	want := codes()
	want[0x7f] = 0xff // Negative zero decodes to 0, which encodes as positive.
	assert.Equal(t, want, audio.ULaw.AppendBytes(nil, audio.ULaw.AppendSamples(nil, codes())))
	for s := math.MinInt16; s <= math.MaxInt16; s++ { // Negatives mirror positives by one's complement.
		for _, f := range []audio.Format{audio.ULaw, audio.ALaw} {
			pair := f.AppendBytes(nil, []int16{int16(s), ^int16(s)})
			require.Equal(t, pair[0], pair[1]^0x80)
		}
	}
}

func codes() []byte {
	codes := make([]byte, 256)
	for i := range codes {
		codes[i] = byte(i)
	}
	return codes
}
