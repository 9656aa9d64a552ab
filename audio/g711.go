package audio

import "math/bits"

// G.711 as defined by ITU-T G.711 and the reference code of G.191: μ-law encodes the
// upper 14 bits of a sample, A-law the upper 13. Negative samples are mirrored by one's
// complement, so 0 and -1 have the same magnitude.

const (
	muLawBias = 33
	muLawClip = 0x1fff
	aLawFlip  = 0x55
	signBit   = 0x80
)

// The samples of all codes.
var (
	muLawSamples = decodeAll(decodeMuLaw)
	aLawSamples  = decodeAll(decodeALaw)
)

func decodeAll(decode func(byte) int16) (samples [256]int16) {
	for code := range samples {
		samples[code] = decode(byte(code))
	}
	return samples
}

// encodeMuLaw returns the μ-law code of a sample.
func encodeMuLaw(sample int16) byte {
	sign := byte(signBit)
	if sample < 0 {
		sample, sign = ^sample, 0
	}
	magnitude := min(int(sample>>2)+muLawBias, muLawClip)
	segment := bits.Len(uint(magnitude >> 6))                         // 0 to 7.
	return sign | byte((7-segment)<<4|0xf-magnitude>>(segment+1)&0xf) //nolint:gosec // 7 bits.
}

// decodeMuLaw returns the sample of a μ-law code.
func decodeMuLaw(code byte) int16 {
	code = ^code
	segment := code >> 4 & 0x7
	magnitude := (int16(code&0xf)<<3+muLawBias<<2)<<segment - muLawBias<<2
	if code&signBit != 0 {
		return -magnitude
	}
	return magnitude
}

// encodeALaw returns the A-law code of a sample.
func encodeALaw(sample int16) byte {
	sign := byte(signBit)
	if sample < 0 {
		sample, sign = ^sample, 0
	}
	magnitude := int(sample >> 4)
	if segment := bits.Len(uint(magnitude >> 4)); segment > 1 {
		magnitude = magnitude>>(segment-1) - 16 + segment<<4
	}
	return (sign | byte(magnitude)) ^ aLawFlip //nolint:gosec // 7 bits.
}

// decodeALaw returns the sample of an A-law code.
func decodeALaw(code byte) int16 {
	code ^= aLawFlip
	magnitude := int16(code&0xf)<<4 + 8
	if segment := code >> 4 & 0x7; segment > 0 {
		magnitude = (magnitude + 0x100) << (segment - 1)
	}
	if code&signBit != 0 {
		return magnitude
	}
	return -magnitude
}
