package byname_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/internal/byname"
)

// TestListsInRandomSchedules compares lists with a map, and holds that no list changes.
func TestListsInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		var list byname.List[int]
		var recent byname.Recent[int]
		model := map[string][]int{}
		name := func() string { return "AB"[:random.IntN(3)] + strconv.Itoa(random.IntN(3)) }
		for i := range 60 {
			if random.IntN(3) == 0 {
				before, copied := list, append(byname.List[int](nil), list...)
				n := name()
				list, recent = list.With(n, i), byname.Recent[int]{}
				model[n] = append(model[n], i)
				assert.Equal(t, copied, before, "seed %d", seed)
			}
			n := name()
			var got []int
			for _, e := range recent.Find(strings.ToLower(n), list, strings.ToUpper) {
				assert.Equal(t, n, e.Name)
				got = append(got, e.Value)
			}
			assert.Equal(t, model[n], got, "seed %d: %q", seed, n)
		}
	}
}

// TestTablesHaveEachNameOnce holds that a second handler of an event does not replace the first.
func TestTablesHaveEachNameOnce(t *testing.T) {
	t.Parallel()
	a, b := byname.Entry[int]{Name: "a", Value: 1}, byname.Entry[int]{Name: "b", Value: 2}
	assert.Equal(t, map[string]int{"a": 1, "b": 2}, byname.Table([]byname.Entry[int]{a}, nil, []byname.Entry[int]{b}))
	assert.PanicsWithValue(t, "byname: two values of the name a", func() { byname.Table([]byname.Entry[int]{a}, []byname.Entry[int]{b, a}) })
}

// TestRecentSearchesOnceForTwoNames holds what Recent is for.
func TestRecentSearchesOnceForTwoNames(t *testing.T) {
	t.Parallel()
	searches := 0
	search := func(name string) string { searches++; return name }
	var recent byname.Recent[int]
	for range 10 {
		recent.Find("", nil, search)
		recent.Find("b", nil, search)
	}
	assert.Equal(t, 2, searches)
}
