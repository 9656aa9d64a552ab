package diff

import (
	"fmt"
	"strings"
)

// apply returns the changes that no override explains, and an error text for each
// override that explains nothing.
func (o *Overrides) apply(changes []Change, c *comparison) (left []Change, unused []string) {
	for i := range o.Differences {
		o.Differences[i].matches = map[string]int{}
	}
	for _, ch := range changes {
		kind, theirs := ch.Kind, ch.New
		if c.scope.inverted {
			kind, theirs = ch.Kind.inverse(), ch.Old
		}
		names := subjects(ch.Path, c.ours(&ch))
		explained := false
		for i := range o.Differences {
			d := &o.Differences[i]
			if d.Change == kind && match(d.Root, ch.Root) && match(d.Path, ch.Path) && d.has(theirs) && d.at(names) {
				explained = true
			}
		}
		if !explained {
			left = append(left, ch)
		}
	}
	for _, d := range o.Differences {
		for _, at := range append([]string{""}, d.At...) {
			if !d.shared && (at == "") == (d.At == nil) && d.matches[at] == 0 {
				unused = append(unused, fmt.Sprintf("%s:%d: the override matches no difference: %s at %s", o.file, d.line, d.Change, strings.TrimSpace(at+d.Root+" "+d.Path)))
			}
		}
	}
	return left, unused
}
