//go:build !purego

package base64

import (
	"github.com/emmansun/base64"
	"golang.org/x/sys/cpu"
)

// wide reports whether the processor has the byte permutations of AVX-512, as servers
// have since Ice Lake and Zen 4. A block then takes three instructions, a third of the
// time with AVX2.
var wide = cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VBMI

func encode(dst, src []byte) {
	if !wide {
		base64.StdEncoding.Encode(dst, src)
		return
	}
	encodeWide(dst, src)
	if n := len(dst); n > 0 {
		switch len(src) % 3 {
		case 1:
			dst[n-2], dst[n-1] = '=', '='
		case 2:
			dst[n-1] = '='
		}
	}
}

// encodeWide is Encode without the padding. It accesses no memory outside src and the
// encoded text in dst.
//
//go:noescape
func encodeWide(dst, src []byte)
