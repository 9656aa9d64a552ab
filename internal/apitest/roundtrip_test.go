package apitest

import (
	"flag"
	"hash/fnv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// instanceCount is the number of random instances of each union.
var instanceCount = flag.Int("instances", 2500, "random instances of each event union")

// rounds returns the number of random instances for each of n events.
func rounds(n int) int {
	count := *instanceCount
	if testing.Short() || slow {
		count /= 8
	}
	return max(count/n, count/30)
}

// seedOf returns the seed for the random instances of an event.
func seedOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return h.Sum64()
}

// TestWildRoundTrip decodes and encodes random instances of every event that deviate
// from the specification as far as JSON allows.
func TestWildRoundTrip(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, u := range unions() {
		events := doc.events(t, u.name)
		for _, e := range events {
			t.Run(u.name+"/"+e.name, func(t *testing.T) {
				t.Parallel()
				u := unionOf(t, u.name)
				g := newInstances(doc, seedOf(u.name+e.name), true)
				n, accepted := rounds(len(events)), 0
				for range n {
					data := g.event(e)
					require.NoError(t, check(u, data), "%q", data)
					if _, ok := judge(data); ok {
						accepted++
					}
				}
				assert.Greater(t, accepted, n*9/10, "too few of the instances are JSON")
			})
		}
	}
}

// TestDamagedRoundTrip changes the text of random instances of random events. Many are
// not JSON any more.
func TestDamagedRoundTrip(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, u := range unions() {
		events := doc.events(t, u.name)
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			g := newInstances(doc, seedOf("damaged"+u.name), true)
			for range rounds(1) {
				data := g.event(one(&g.writer, events...))
				for range g.IntN(3) {
					data = g.damage(data)
				}
				require.NoError(t, check(u, data), "%q", data)
			}
		})
	}
}

// TestPlainRoundTrip decodes and encodes instances that conform to the specification.
// None of their members may be kept in Extra or in an unknown variant, each Go field
// must hold the member of its name, and Validate must accept them.
func TestPlainRoundTrip(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, u := range unions() {
		events := doc.events(t, u.name)
		for _, e := range events {
			t.Run(u.name+"/"+e.name, func(t *testing.T) {
				t.Parallel()
				u := unionOf(t, u.name)
				g := newInstances(doc, seedOf(u.name+e.name), false)
				for range rounds(len(events)) {
					data := g.event(e)
					require.NoError(t, check(u, data), "%s", data)
					x, err := u.decode(data)
					require.NoError(t, err)
					want, _ := judge(data)
					require.NoError(t, doc.agree(x, e, want), "%s", data)
					require.NoError(t, x.Validate(), "%s", data)
				}
			})
		}
	}
}

// TestInstancesReachEveryMember checks that the random instances cover every member of
// every event.
func TestInstancesReachEveryMember(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, u := range unions() {
		for _, e := range doc.events(t, u.name) {
			want := map[string]bool{}
			doc.reach(e.schema, want)
			g := newInstances(doc, seedOf(e.name), false)
			for range 2000 {
				if len(g.visited) >= len(want) {
					break
				}
				g.event(e)
			}
			for name := range want {
				assert.NotZero(t, g.visited[name], "%s: %s", e.name, name)
			}
		}
	}
}

// reach collects the members of s and of all schemas that it refers to.
func (d *document) reach(s *schema, members map[string]bool) {
	s = d.deref(s)
	for _, arm := range s.arms() {
		d.reach(arm, members)
	}
	for _, next := range []*schema{s.Items, s.Additional.schema} {
		if next != nil {
			d.reach(next, members)
		}
	}
	for name, p := range s.Properties {
		members[s.name+"."+name] = true
		d.reach(p, members)
	}
}
