package usage

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Money is an amount in trillionths of the currency of a price list. A US dollar per
// million tokens is thus one million for each token, and an int64 holds some nine
// million dollars.
type Money int64

const (
	digits = 12 // decimal places of a Money
	unit   = Money(1_000_000_000_000)
	micro  = unit / 1_000_000
)

var errAmount = errors.New("usage: an amount is a decimal number such as 0.40, with at most 12 decimal places and below 9,223,372")

// ParseMoney reads a decimal number of the currency's units, such as "0.40". The error
// does not repeat the text.
func ParseMoney(s string) (Money, error) {
	number, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(number, ".")
	if !decimal(whole) || point && !decimal(fraction) || len(fraction) > digits {
		return 0, errAmount
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil {
		return 0, errAmount
	}
	if negative {
		n = -n
	}
	return Money(n), nil
}

func decimal(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// String returns the amount in units of the currency, with as many decimal places as it
// has and at least two: "0.0123".
func (m Money) String() string {
	sign, n := "", uint64(m) //nolint:gosec // Two's complement, negated below.
	if m < 0 {
		sign, n = "-", -n
	}
	fraction := fmt.Sprintf("%0*d", digits, n%uint64(unit))
	fraction = fraction[:2] + strings.TrimRight(fraction[2:], "0")
	return sign + strconv.FormatUint(n/uint64(unit), 10) + "." + fraction
}

// Micros returns the amount in millionths of the currency's unit, rounded to the nearest;
// halves are rounded away from zero.
func (m Money) Micros() int64 {
	n := int64(m / micro)
	switch rest := m % micro; {
	case rest >= micro/2:
		n++
	case rest <= -micro/2:
		n--
	}
	return n
}

// MarshalText writes the amount as String does.
func (m Money) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what [ParseMoney] does.
func (m *Money) UnmarshalText(text []byte) error {
	n, err := ParseMoney(string(text))
	if err == nil {
		*m = n
	}
	return err
}

// ErrTooLarge is returned when a sum is beyond what [Money] can hold.
var ErrTooLarge = errors.New("usage: the amount is too large to add up")

// sum adds amounts, none of which is negative.
func sum(amounts ...Money) (Money, error) {
	total := Money(0)
	for _, m := range amounts {
		if m > math.MaxInt64-total {
			return 0, ErrTooLarge
		}
		total += m
	}
	return total, nil
}

// share returns price × n ÷ per, rounded to the nearest. No argument is negative.
func share(price Money, n, per int64) (Money, error) {
	p, q, by := uint64(price), uint64(n), uint64(per) //nolint:gosec // None is negative.
	high, low := bits.Mul64(p, q)
	if high >= by {
		return 0, ErrTooLarge
	}
	quotient, rest := bits.Div64(high, low, by)
	if rest >= by-rest {
		quotient++
	}
	if quotient > math.MaxInt64 {
		return 0, ErrTooLarge
	}
	return Money(quotient), nil
}
