package realtime

import (
	"strings"
)

func firstOf(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

// defaulted applies the rule of every bound: zero is the default, and a negative
// value switches the bound off, which is zero in the result.
func defaulted[T ~int | ~int64](v, def T) T {
	switch {
	case v == 0:
		return def
	case v < 0:
		return 0
	default:
		return v
	}
}
