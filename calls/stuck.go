package calls

import (
	"fmt"
	"slices"
	"strings"
)

// StuckError names the calls, and counts the events of a [Handler], whose funcs did not
// return although their contexts had ended. Their goroutines still run.
type StuckError struct {
	CallIDs []string
	Events  int
}

// Error names the calls.
func (e *StuckError) Error() string {
	if len(e.CallIDs) == 0 {
		return fmt.Sprintf("calls: %d Event funcs ignore the end of their context", e.Events)
	}
	return fmt.Sprintf("calls: the funcs of %d calls ignore the end of their context: %s", len(e.CallIDs), strings.Join(e.CallIDs, ", "))
}

// with adds ids, and returns e as an error unless it has none.
func (e *StuckError) with(ids []string) error {
	e.CallIDs = append(e.CallIDs, ids...)
	if len(e.CallIDs) == 0 {
		return nil
	}
	slices.Sort(e.CallIDs)
	return e
}
