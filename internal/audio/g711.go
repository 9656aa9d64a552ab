package audio

// G.711 as defined by ITU-T G.711 and the reference code of G.191: mu-law encodes the
// upper 14 bits of a sample, A-law the upper 13. Negative samples are mirrored by one's
// complement, so 0 and -1 have the same magnitude.

const (
	muLawBias = 33
	muLawClip = 0x1fff
	aLawFlip  = 0x55
	signBit   = 0x80
)

// EncodeMuLaw returns the mu-law code of a sample.
func EncodeMuLaw(sample int16) byte {
	positive := sample >= 0
	if !positive {
		sample = ^sample
	}
	magnitude := min(int(sample>>2)+muLawBias, muLawClip)
	segment := 1
	for i := magnitude >> 6; i != 0; i >>= 1 {
		segment++
	}
	code := byte((8-segment)<<4 | (0xf - magnitude>>segment&0xf)) //nolint:gosec // 7 bits.
	if positive {
		code |= signBit
	}
	return code
}

// DecodeMuLaw returns the sample of a mu-law code.
func DecodeMuLaw(code byte) int16 {
	code = ^code
	segment := code >> 4 & 0x7
	magnitude := (int16(code&0xf)<<3 + muLawBias<<2) << segment
	magnitude -= muLawBias << 2
	if code&signBit != 0 {
		return -magnitude
	}
	return magnitude
}

// EncodeALaw returns the A-law code of a sample.
func EncodeALaw(sample int16) byte {
	positive := sample >= 0
	if !positive {
		sample = ^sample
	}
	magnitude := int(sample >> 4)
	if magnitude > 15 {
		segment := 1
		for magnitude > 31 {
			magnitude >>= 1
			segment++
		}
		magnitude = magnitude - 16 + segment<<4
	}
	code := byte(magnitude) //nolint:gosec // 7 bits.
	if positive {
		code |= signBit
	}
	return code ^ aLawFlip
}

// DecodeALaw returns the sample of an A-law code.
func DecodeALaw(code byte) int16 {
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
