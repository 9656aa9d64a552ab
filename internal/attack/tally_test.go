package attack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// tally counts what happened over all seeds: an attack in which nothing breaks, or
// nothing works, proves nothing.
var tally = counts{n: map[string]int{}}

type counts struct {
	mu sync.Mutex
	n  map[string]int // guarded by mu
}

func (c *counts) add(what string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what] += n
}

// String lists the counts in the order of their names.
func (c *counts) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(c.n)) {
		fmt.Fprintf(&b, "\n  %-32s %d", what, c.n[what])
	}
	return b.String()
}
