package base64_test

import (
	"bytes"
	stdbase64 "encoding/base64"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/base64"
)

// TestEveryLength encodes every length around the block sizes of the fast paths and
// checks that the memory around dst does not change.
func TestEveryLength(t *testing.T) {
	t.Parallel()
	src := random(1000)
	const around = "################################################################"
	for n := range src {
		want := stdbase64.StdEncoding.EncodeToString(src[:n])
		require.Equal(t, len(want), base64.EncodedLen(n))
		buf := bytes.Repeat([]byte{'#'}, len(want)+2*len(around))
		base64.Encode(buf[len(around):][:len(want)], src[:n])
		require.Equal(t, around+want+around, string(buf), "%d bytes", n)
	}
}

// TestEveryPair encodes each pair of neighboring bytes at each position of a block. A
// character depends on at most two bytes.
func TestEveryPair(t *testing.T) {
	t.Parallel()
	src := make([]byte, 0, 1<<17+48)
	for offset := range 48 {
		src = append(src[:0], make([]byte, offset)...)
		for pair := range 1 << 16 {
			src = append(src, byte(pair>>8), byte(pair))
		}
		require.True(t, stdbase64.StdEncoding.EncodeToString(src) == encodeToString(src), "offset %d", offset)
	}
}

func TestShortMemory(t *testing.T) {
	t.Parallel()
	require.Panics(t, func() { base64.Encode(make([]byte, 3), []byte("a")) })
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte("what is to be encoded"))
	f.Fuzz(func(t *testing.T, src []byte) {
		require.Equal(t, stdbase64.StdEncoding.EncodeToString(src), encodeToString(src))
	})
}

func encodeToString(src []byte) string {
	dst := make([]byte, base64.EncodedLen(len(src)))
	base64.Encode(dst, src)
	return string(dst)
}

func random(n int) []byte {
	p := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}
