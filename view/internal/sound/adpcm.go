package sound

// The adaptive differential code of the Interactive Multimedia Association: each sample
// is coded as its distance from the one before, in steps whose size follows the signal.
// The variants of 3 and 2 bits use the same steps; their codes have less room for the
// size of the distance.

// steps are the step sizes of the code.
var steps = [89]int32{
	7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60,
	66, 73, 80, 88, 97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371,
	408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878,
	2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845,
	8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086,
	29794, 32767,
}

// moves are the changes of the step's index after a code without its sign, by bits.
var moves = map[int][]int{4: {-1, -1, -1, -1, 2, 4, 6, 8}, 3: {-1, -1, 1, 2}, 2: {-1, 2}}

// Steps returns the step sizes of the code, for a decoder elsewhere.
func Steps() []int32 { return steps[:] }

// Moves returns the changes of the step's index for codes of 2, 3 or 4 bits.
func Moves(bits int) []int { return moves[bits] }

// coder is the state that encoder and decoder share.
type coder struct {
	bits  int
	value int32
	index int
}

// next returns the sample of a code and moves the state.
func (c *coder) next(code uint32) int16 {
	step := steps[c.index]
	diff := step >> (c.bits - 1)
	for b := c.bits - 2; b >= 0; b-- {
		if code>>b&1 == 1 {
			diff += step >> (c.bits - 2 - b)
		}
	}
	if code>>(c.bits-1) == 1 {
		diff = -diff
	}
	c.value = min(max(c.value+diff, -32768), 32767)
	c.index = min(max(c.index+moves[c.bits][code&(1<<(c.bits-1)-1)], 0), len(steps)-1)
	return int16(c.value) //nolint:gosec // Bounded above
}

// code returns the code whose sample is next to s.
func (c *coder) code(s int16) uint32 {
	diff, sign := int32(s)-c.value, uint32(0)
	if diff < 0 {
		diff, sign = -diff, 1<<(c.bits-1)
	}
	code, step := uint32(0), steps[c.index]
	for b := c.bits - 2; b >= 0; b-- {
		if part := step >> (c.bits - 2 - b); diff >= part {
			diff -= part
			code |= 1 << b
		}
	}
	return sign | code
}

// appendCodes appends the samples in codes of 2, 3 or 4 bits, the first one in the
// highest bits, and fills the last byte with zeros.
func appendCodes(dst []byte, samples []int16, bits int) []byte {
	c := coder{bits: bits}
	var word uint32
	filled := 0
	for _, s := range samples {
		code := c.code(s)
		c.next(code)
		word = word<<bits | code
		for filled += bits; filled >= 8; filled -= 8 {
			dst = append(dst, byte(word>>(filled-8))) //nolint:gosec // Its lowest byte
		}
	}
	if filled > 0 {
		dst = append(dst, byte(word<<(8-filled))) //nolint:gosec // Its lowest byte
	}
	return dst
}

// decode returns n samples of what appendCodes has made.
func decode(p []byte, n, bits int) []int16 {
	c := coder{bits: bits}
	out := make([]int16, 0, n)
	var word uint32
	filled := 0
	for _, b := range p {
		word = word<<8 | uint32(b)
		filled += 8
		for ; filled >= bits && len(out) < n; filled -= bits {
			out = append(out, c.next(word>>(filled-bits)&(1<<bits-1)))
		}
	}
	return out
}
