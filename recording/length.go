package recording

import (
	"strconv"
	"strings"
)

// The signs around the length of a text that was not kept.
const (
	lengthOpen  = "‹"
	lengthClose = "›"
)

// isLength reports whether a text stands for one that was not kept.
func isLength(s string) bool {
	inner, ok := strings.CutPrefix(s, lengthOpen)
	if !ok {
		return false
	}
	inner, ok = strings.CutSuffix(inner, lengthClose)
	_, err := strconv.Atoi(inner)
	return ok && err == nil
}
