package base64_test

import (
	stdbase64 "encoding/base64"
	"strconv"
	"testing"

	library "github.com/emmansun/base64"

	"github.com/voicelane/realtime-go/internal/base64"
)

// BenchmarkEncode compares with the library and with encoding/base64, for 20 ms of
// telephone audio, and 20 and 100 ms of PCM. GODEBUG=cpu.avx512f=off shows other processors.
func BenchmarkEncode(b *testing.B) {
	for _, size := range []int{160, 960, 4800} {
		src := random(size)
		dst := make([]byte, base64.EncodedLen(size))
		for name, encode := range map[string]func(dst, src []byte){
			"ours": base64.Encode, "library": library.StdEncoding.Encode, "std": stdbase64.StdEncoding.Encode,
		} {
			b.Run(strconv.Itoa(size)+"/"+name, func(b *testing.B) {
				for b.Loop() {
					encode(dst, src)
				}
			})
		}
	}
}
