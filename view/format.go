package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/recording"
)

// Numbers as the page shows them: seconds with two decimals, large sums with one, money
// in cents by response and in dollars by call, thousands apart.

// clock returns minutes and seconds with two decimals, such as "0:16.20".
func clock(m recording.Micros) string { return m.String() }

// clock1 returns minutes and seconds with one decimal, rounded, such as "0:16.2".
func clock1(m recording.Micros) string {
	const tenth = recording.Second / 10
	s := (max(m, 0) + tenth/2) / tenth * tenth
	text := s.String()
	return text[:len(text)-1]
}

// seconds returns a number of seconds with two decimals, rounded, without a unit.
func seconds(m recording.Micros) string {
	return strconv.FormatFloat(m.Seconds(), 'f', 2, 64)
}

// sum returns a number of seconds with two decimals below 5, and one above.
func sum(m recording.Micros) string {
	if m >= 5*recording.Second {
		return strconv.FormatFloat(m.Seconds(), 'f', 1, 64)
	}
	return seconds(m)
}

// short returns milliseconds below a second, and seconds above, with the unit.
func short(m recording.Micros) string {
	if m < recording.Second {
		return strconv.FormatInt(int64((m+recording.Millisecond/2)/recording.Millisecond), 10) + " ms"
	}
	return seconds(m) + " s"
}

// count returns a number with narrow spaces between thousands, at which no line breaks.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// size returns a number of bytes with its unit.
func size(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1_000_000:
		return trimZero(float64(n)/1e3) + " kB"
	default:
		return trimZero(float64(n)/1e6) + " MB"
	}
}

func trimZero(f float64) string {
	if f >= 100 {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}

// cents returns millionths of a dollar in cents.
func cents(microUSD int64) string {
	return strconv.FormatFloat(float64(microUSD)/1e4, 'f', 2, 64) + "¢"
}

// dollars returns millionths of a dollar in dollars.
func dollars(microUSD int64) string {
	return "$" + strconv.FormatFloat(float64(microUSD)/1e6, 'f', 4, 64)
}

// share returns a part of a whole in per cent for a style, with four decimals at most.
func share(part, whole recording.Micros) string {
	if whole <= 0 {
		return "0%"
	}
	return percent(100 * float64(part) / float64(whole))
}

func percent(p float64) string {
	s := strconv.FormatFloat(p, 'f', 4, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		s = "0"
	}
	return s + "%"
}

// plural returns a number and a noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
