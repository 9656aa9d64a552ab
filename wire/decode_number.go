package wire

import (
	"math"
	"strconv"
)

// number steps over the number at the cursor and returns its text. It returns nil if
// the value is not a number.
func (d *Decoder) number() []byte {
	pos := space(d.data, d.pos)
	if pos >= len(d.data) || d.data[pos] != '-' && d.data[pos]-'0' > 9 {
		d.flags |= flagMismatch
		return nil
	}
	end, reason := skipNumber(d.data, pos)
	if reason != "" {
		d.fail(reason, end)
		return nil
	}
	d.pos = end
	return d.data[pos:end]
}

// Int reads an integral number that fits an int; any other value is a mismatch.
// Fractions and exponents are allowed: 1.0 and 1e3 are integral.
func (d *Decoder) Int() int {
	offset := d.pos
	n := d.Int64()
	if int64(int(n)) != n {
		d.pos = offset
		d.flags |= flagMismatch
		return 0
	}
	return int(n)
}

// maxShort is the maximum number of bytes that the fast paths of Int64 and Float64
// read.
const maxShort = 12

// Int64 reads an integral number that fits an int64; any other value is a mismatch.
func (d *Decoder) Int64() int64 {
	offset := d.pos
	// Fast path: a few digits, directly followed by a comma or a closing brace.
	short, n := d.data[offset:min(offset+maxShort+1, len(d.data))], int64(0)
	for i, c := range short {
		if c -= '0'; c <= 9 {
			n = n*10 + int64(c)
			continue
		}
		if c += '0'; i > 0 && (c == ',' || c == '}') && (i == 1 || short[0] != '0') {
			d.pos = offset + i
			return n
		}
		break
	}
	text := d.number()
	if text == nil {
		return 0
	}
	n, ok := parseInt(text)
	if !ok {
		d.pos = offset
		d.flags |= flagMismatch
		return 0
	}
	return n
}

// parseInt returns the value of a JSON number and whether it is integral and fits an
// int64.
func parseInt(text []byte) (int64, bool) {
	digits, negative := text, text[0] == '-'
	if negative {
		digits = text[1:]
	}
	var n int64
	if len(digits) <= 18 {
		i := 0
		for i < len(digits) && digits[i]-'0' <= 9 {
			n = n*10 + int64(digits[i]-'0')
			i++
		}
		if i == len(digits) {
			if negative {
				n = -n
			}
			return n, true
		}
	}
	v := parseDecimal(text)
	size := int64(v.digits())
	if size == 0 {
		return 0, true
	}
	if v.exponent < 0 || size+v.exponent > 19 {
		return 0, false
	}
	var u uint64
	for i := range int(size + v.exponent) {
		u *= 10
		if i < int(size) {
			u += uint64(v.digit(i))
		}
	}
	switch {
	case !negative && u <= math.MaxInt64:
		return int64(u), true
	case negative && u <= 1<<63:
		return -int64(u), true
	default:
		return 0, false
	}
}

// powersOfTen are the divisors of shortFloat. Each is exact as a float64.
var powersOfTen = [maxShort + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12}

// shortFloat is the fast path of Float64: it reads a few digits with a point among
// them, directly followed by a comma or a closing brace. The digits and the power of
// ten are both exact in a float64, so the quotient is the number rounded once, and its
// shortest text is the same number. It reads nothing and returns false for any other
// text.
func (d *Decoder) shortFloat() (float64, bool) {
	offset := d.pos
	short := d.data[offset:min(offset+maxShort+1, len(d.data))]
	n, point := uint64(0), -1
	for i, c := range short {
		switch {
		case c-'0' <= 9:
			n = n*10 + uint64(c-'0')
		case c == '.' && point < 0 && i > 0:
			point = i
		case (c == ',' || c == '}') && point > 0 && point < i-1 && (short[0] != '0' || point == 1):
			d.pos = offset + i
			return float64(n) / powersOfTen[i-point-1], true
		default:
			return 0, false
		}
	}
	return 0, false
}

// Float64 reads a number. A number that is too large for a float64 is a mismatch.
func (d *Decoder) Float64() float64 {
	if f, ok := d.shortFloat(); ok {
		return f
	}
	offset := d.pos
	text := d.number()
	if text == nil {
		return 0
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		d.pos = offset
		d.flags |= flagMismatch
		return 0
	}
	if !exactFloat(text, f) {
		d.flags |= flagInexact
	}
	return f
}

// exactFloat reports whether the shortest text of f denotes the same number as text.
func exactFloat(text []byte, f float64) bool {
	// A number of at most 15 digits survives the round trip unless it is close to the
	// ends of the range.
	const safe = 15
	if len(text) <= safe && (f == 0 || math.Abs(f) > 1e-200) && (f != 0 || !hasExponent(text)) {
		return true
	}
	var buf [32]byte
	want, got := parseDecimal(text), parseDecimal(strconv.AppendFloat(buf[:0], f, 'e', -1, 64))
	return want.equal(&got)
}

func hasExponent(text []byte) bool {
	for _, c := range text {
		if c|0x20 == 'e' {
			return true
		}
	}
	return false
}

// decimal is a parsed JSON number: digits times ten to the exponent, without zeros at
// either end of the digits. It refers to the number's text.
type decimal struct {
	text       []byte // The digits, possibly with a point among them.
	point      int    // Index of the point in text, or len(text) if there is none.
	exponent   int64
	negative   bool
	hasPoint   bool
	digitCount int
}

func parseDecimal(text []byte) decimal {
	var v decimal
	if text[0] == '-' {
		v.negative, text = true, text[1:]
	}
	mantissa, exponent := text, int64(0)
	for i, c := range text {
		if c|0x20 == 'e' {
			mantissa, exponent = text[:i], parseExponent(text[i+1:])
			break
		}
	}
	v.text, v.point = mantissa, len(mantissa)
	for i, c := range mantissa {
		if c == '.' {
			v.point, v.hasPoint = i, true
			exponent -= int64(len(mantissa) - i - 1)
			break
		}
	}
	v.exponent = exponent
	v.trim()
	return v
}

// trim removes the zeros at both ends. A number that begins with a zero has nothing else
// before its point, which goes as well.
func (v *decimal) trim() {
	for len(v.text) > 0 && (v.text[0] == '0' || v.text[0] == '.') {
		v.text, v.hasPoint = v.text[1:], false
	}
	for n := len(v.text); n > 0 && (v.text[n-1] == '0' || v.text[n-1] == '.'); n-- {
		if v.text[n-1] == '.' {
			v.hasPoint = false
		} else {
			v.exponent++
		}
		v.text = v.text[:n-1]
	}
	v.digitCount = len(v.text)
	if v.hasPoint {
		v.digitCount--
	}
}

func (v *decimal) digits() int { return v.digitCount }

func (v *decimal) digit(i int) byte {
	if v.hasPoint && i >= v.point {
		i++
	}
	return v.text[i] - '0'
}

func (v *decimal) equal(w *decimal) bool {
	if v.digitCount != w.digitCount {
		return false
	}
	for i := range v.digitCount {
		if v.digit(i) != w.digit(i) {
			return false
		}
	}
	return v.digitCount == 0 || v.exponent == w.exponent && v.negative == w.negative
}

// parseExponent returns the value of an exponent's text, clamped to ±limit, which is
// out of range in any case.
func parseExponent(text []byte) int64 {
	const limit = 1 << 50
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	var n int64
	for _, c := range text {
		n = min(n*10+int64(c-'0'), limit)
	}
	if negative {
		return -n
	}
	return n
}
