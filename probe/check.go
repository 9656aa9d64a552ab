package probe

import (
	"context"
	"strings"
)

// check is one thing to find out.
type check struct {
	name, about string
	// needs names an earlier check without which this one makes no sense.
	needs string
	// early is set for checks of the greeting itself.
	early bool
	// run returns nil if the server can, a skipped error if the check cannot be made, and
	// otherwise why the server cannot.
	run func(ctx context.Context, p *peer) error
}

// skipped is the reason why a check could not be made.
type skipped string

func (s skipped) Error() string { return string(s) }

// matches reports whether a check has a name, or belongs to the group of that name.
func matches(check, name string) bool {
	return check == name || strings.HasPrefix(check, name+"/")
}
