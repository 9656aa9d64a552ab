package agent

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// tableWith returns a table with a call of response r1 at a stage, and the call.
func tableWith(t *testing.T, at stage) (*table, *owed) {
	t.Helper()
	b := &table{}
	row := b.called(&call{id: "c1", response: "r1", item: "i1"})
	require.NotNil(t, row)
	row.output = "o1"
	if at > running {
		require.True(t, b.claim(row))
	}
	if at > sent {
		b.confirm(row)
	}
	if at > confirmed {
		b.created(&api.Response{ID: "r2"})
	}
	require.Equal(t, at, row.stage)
	return b, row
}

// TestTable holds the table of the doc comment: what each event makes of each stage.
func TestTable(t *testing.T) {
	t.Parallel()
	output := &api.FunctionCallOutput{ID: new("o1"), CallID: "c1"}
	renewed := func(e *realtime.Reconnected) func(b *table, row *owed) {
		return func(b *table, _ *owed) {
			b.reconnecting()
			b.renewed()
			b.created(&api.Response{ID: "r2"}) // It began before the conversation was restored.
			b.reconnected(e)
		}
	}
	for name, tc := range map[string]struct {
		event func(b *table, row *owed)
		want  [4]stage
	}{
		"the function returns":    {func(b *table, row *owed) { b.claim(row) }, [4]stage{sent, sent, confirmed, seen}},
		"the output is added":     {func(b *table, _ *owed) { b.added(output) }, [4]stage{running, confirmed, confirmed, seen}},
		"another item is added":   {func(b *table, _ *owed) { b.added(&api.FunctionCallOutput{ID: new("o2"), CallID: "c2"}) }, [4]stage{running, sent, confirmed, seen}},
		"no answer":               {func(b *table, row *owed) { b.assume(row) }, [4]stage{running, confirmed, confirmed, seen}},
		"the output is deleted":   {func(b *table, _ *owed) { b.deleted("o1") }, [4]stage{running, gone, gone, gone}},
		"another item is deleted": {func(b *table, _ *owed) { b.deleted("") }, [4]stage{running, sent, confirmed, seen}},
		"a response begins":       {func(b *table, _ *owed) { b.created(&api.Response{ID: "r3"}) }, [4]stage{running, sent, seen, gone}},
		"one begins beside":       {func(b *table, _ *owed) { b.created(&api.Response{ID: "r3", ConversationID: api.NullOf[string]()}) }, [4]stage{running, sent, confirmed, seen}},
		"that response ends":      {func(b *table, _ *owed) { b.ended(&api.Response{ID: "r2"}, nil) }, [4]stage{running, sent, confirmed, gone}},
		"another one ends":        {func(b *table, _ *owed) { b.ended(&api.Response{ID: "r1"}, nil) }, [4]stage{running, sent, confirmed, seen}},
		"restored":                {renewed(&realtime.Reconnected{Restored: []string{"o1"}}), [4]stage{running, confirmed, confirmed, confirmed}},
		"not restored yet":        {renewed(&realtime.Reconnected{}), [4]stage{running, sent, confirmed, confirmed}},
		"lost":                    {renewed(&realtime.Reconnected{Lost: []realtime.LostItem{{ID: "o1"}}}), [4]stage{running, gone, gone, gone}},
		"lost by its call":        {renewed(&realtime.Reconnected{Lost: []realtime.LostItem{{CallID: "c1"}}}), [4]stage{running, gone, gone, gone}},
		"the call goes on":        {func(b *table, _ *owed) { b.reconnected(&realtime.Reconnected{}) }, [4]stage{running, sent, confirmed, gone}},
		"the model will not": {
			func(b *table, row *owed) { b.unanswered(&asking{rows: []*owed{row}}) },
			[4]stage{running, sent, gone, seen},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for at := running; at <= seen; at++ {
				b, row := tableWith(t, at)
				tc.event(b, row)
				assert.Equal(t, tc.want[at], row.stage, "from stage %d", at)
				assert.Equal(t, row.stage != gone, len(b.rows) == 1)
			}
		})
	}
}

// TestDue holds when the model is to be asked.
func TestDue(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before func(b *table)
		due    bool
	}{
		"confirmed":           {func(*table) {}, true},
		"another one runs":    {func(b *table) { b.called(&call{id: "c2", response: "r1"}) }, false},
		"one of another runs": {func(b *table) { b.called(&call{id: "c2", response: "r0"}) }, true},
		"one of another is sent": {func(b *table) {
			b.claim(b.called(&call{id: "c2", response: "r0"}))
		}, false},
		"a response runs":        {func(b *table) { b.busy = true }, false},
		"the last was cancelled": {func(b *table) { b.ended(&api.Response{ID: "r0", Status: api.ResponseStatusCancelled}, nil) }, false},
		"one beside was": {func(b *table) {
			b.ended(&api.Response{ID: "r0", Status: api.ResponseStatusCancelled, ConversationID: api.NullOf[string]()}, nil)
		}, true},
		"an outage":       {func(b *table) { b.reconnecting() }, false},
		"after an outage": {func(b *table) { b.reconnecting(); b.reconnected(&realtime.Reconnected{}) }, true},
		"asked":           {func(b *table) { b.asked = &asking{over: make(chan struct{}), cancel: func() {}} }, false},
		"a refused request, and a response begins and ends": {func(b *table) {
			b.asked = &asking{over: make(chan struct{}), cancel: func() {}, refused: true}
			row := b.rows[0]
			b.created(&api.Response{ID: "r2"})
			row.stage, b.busy = confirmed, false
		}, true},
		"ours has begun, which the mux has not seen, and another ends": {func(b *table) {
			b.asked = &asking{over: make(chan struct{}), cancel: func() {}, id: "r3"}
			b.ended(&api.Response{ID: "r2"}, nil)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := tableWith(t, confirmed)
			tc.before(b)
			assert.Equal(t, tc.due, len(b.due()) > 0)
		})
	}
}

// TestACallIDThatIsOwedIsNotTakenAgain holds that an output never answers two calls.
func TestACallIDThatIsOwedIsNotTakenAgain(t *testing.T) {
	t.Parallel()
	again := &call{id: "c1", response: "r9", item: "i9"}
	for at := running; at <= seen; at++ {
		b, row := tableWith(t, at)
		assert.Nil(t, b.called(again), "from stage %d", at)
		b.drop(row)
		assert.NotNil(t, b.called(again))
	}
	b := &table{}
	assert.Nil(t, b.called(&call{response: "r1"}), "nothing can answer a call without an id")
}

// TestTheTableIsBounded holds that what a server announces without end takes no memory
// without end.
func TestTheTableIsBounded(t *testing.T) {
	t.Parallel()
	b := &table{}
	for n := range 2 * maxPast {
		id := string(rune('a' + n))
		b.created(&api.Response{ID: id, ConversationID: api.NullOf[string]()})
		b.announce(&call{id: id})
		b.drop(b.called(&call{id: "x" + id}))
	}
	assert.Len(t, b.apart, maxPast)
	assert.Len(t, b.announced, maxPast)
	assert.Len(t, b.past, maxPast)
	assert.Empty(t, b.rows)
}
