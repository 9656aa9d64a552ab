package verdict

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/realtimetest"
)

var start = time.Unix(1000, 0)

const lease = 5 * time.Second

// at returns an event, a number of milliseconds after the start.
func at(ms int, kind books.Kind, worker, detail string) books.Event {
	return books.Event{At: start.Add(time.Duration(ms) * time.Millisecond), Kind: kind, Worker: worker, Detail: detail}
}

func act(ms int, deed books.Deed, worker string) books.Act {
	return books.Act{At: start.Add(time.Duration(ms) * time.Millisecond), Deed: deed, Worker: worker}
}

// begun are the first events of a call.
func begun() []books.Event {
	return []books.Event{
		at(0, books.Deliver, "front", ""), at(2, books.Stored, "front", ""),
		at(5, books.Accepted, "w1", ""), at(9, books.Attach, "w1", "1"),
	}
}

// judgeOne judges one call.
func judgeOne(acts []books.Act, events ...books.Event) *Verdict {
	b := books.New()
	c := b.Call("rtc_1")
	for _, e := range events {
		c.Append(e)
	}
	return Judge(b, acts, lease)
}

func TestEndsOfCalls(t *testing.T) {
	t.Parallel()
	ended := func(by string) []books.Event { return append(begun(), at(900, books.Ended, "", by)) }
	for name, test := range map[string]struct {
		events []books.Event
		lost   int
	}{
		"the caller hangs up":              {ended(realtimetest.EndCaller), 0},
		"a goodbye and a hang-up":          {append(begun(), at(800, books.Goodbye, "", ""), at(900, books.Ended, "", realtimetest.EndHangup)), 0},
		"a hang-up without a goodbye":      {ended(realtimetest.EndHangup), 1},
		"rejected":                         {ended(realtimetest.EndRejected), 1},
		"the server ends it":               {ended(realtimetest.EndServer), 1},
		"still open":                       {begun(), 1},
		"no worker":                        {begun()[:2], 1},
		"the caller gives up and hangs up": {append(begun(), at(800, books.GaveUp, "", "silence"), at(900, books.Ended, "", realtimetest.EndCaller)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judgeOne(nil, test.events...)
			assert.Equal(t, test.lost, v.Lost)
			assert.Len(t, v.Faults, test.lost)
			assert.Equal(t, test.lost > 0, v.Broken(true) != nil)
		})
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	v := judgeOne(nil, append(begun(),
		at(100, books.Asked, "", "a"), at(110, books.Effect, "w1", "a"), at(120, books.Told, "", "a"),
		at(200, books.Asked, "", "b"), at(210, books.Effect, "w1", "b"), at(211, books.Effect, "w2", "b"), at(220, books.Unknown, "", "b"),
		at(300, books.Asked, "", "c"), at(320, books.Told, "", "c"),
		at(400, books.Asked, "", "d"),
		at(500, books.Asked, "", "e"), at(510, books.Effect, "w1", "e"),
		at(600, books.Asked, "", "f"), at(610, books.Failed, "", "f no luck"),
		at(20000, books.Asked, "", "g"), at(20010, books.Effect, "w1", "g"),
		at(30000, books.Ended, "", realtimetest.EndCaller))...)
	assert.Equal(t, 1, v.Doubled, "b")
	assert.Equal(t, 1, v.Lies, "c")
	assert.Equal(t, 1, v.Silent, "e; g had its effect too shortly before the end")
	assert.Equal(t, 3, v.Unheard, "d, e and g")
	assert.Equal(t, []int{1, 1, 5}, []int{v.Unknown, v.Failed, v.Effects})
	assert.Len(t, v.Broken(false), 3)
}

func TestDoubleAccepts(t *testing.T) {
	t.Parallel()
	done := at(900, books.Ended, "", realtimetest.EndCaller)
	v := judgeOne(nil, append(begun(), at(30, books.Again, "w2", ""), done)...)
	assert.Equal(t, []int{0, 1}, []int{v.DoubleAccepts, v.Refused})
	v = judgeOne(nil, append(begun(), at(30, books.Accepted, "w2", ""), done)...)
	assert.Equal(t, []int{1, 0}, []int{v.DoubleAccepts, v.Refused})
	assert.NotEmpty(t, v.Broken(false))
}

func TestGaps(t *testing.T) {
	t.Parallel()
	done := at(60000, books.Ended, "", realtimetest.EndCaller)
	taken := func(ms int) []books.Event { // The worker has ended at 1000, the next one attaches.
		return append(begun(), at(1000, books.Detach, "w1", "1"), at(ms, books.Attach, "w2", "2"), done)
	}
	kill := act(1000, books.Kill, "w1")
	for name, test := range map[string]struct {
		acts               []books.Act
		events             []books.Event
		kill, deploy       time.Duration // The longest.
		stray, slow, twice int
	}{
		"within the lease":   {acts: []books.Act{kill}, events: taken(6200), kill: 5200 * time.Millisecond},
		"too late":           {acts: []books.Act{kill}, events: taken(6600), kill: 5600 * time.Millisecond, slow: 1},
		"another one is hit": {acts: []books.Act{act(1000, books.Kill, "w3")}, events: taken(3000), stray: 1},
		"the next one is killed too": {
			acts: []books.Act{kill, act(5900, books.Kill, "w3")}, events: taken(11000), kill: 5100 * time.Millisecond, twice: 1,
		},
		"a deploy": {acts: []books.Act{act(900, books.Deploy, "w1")}, events: taken(1300), deploy: 300 * time.Millisecond},
		"attached as its worker was killed": {
			acts: []books.Act{act(8, books.Kill, "w1")}, events: taken(5200), kill: 5192 * time.Millisecond,
		},
		"given to a worker that drains already": {
			acts: []books.Act{act(5, books.Deploy, "w1")}, events: taken(1040), deploy: 40 * time.Millisecond,
		},
		"a deploy without a gap": {
			acts:   []books.Act{act(900, books.Deploy, "w1")},
			events: append(begun(), at(950, books.Attach, "w2", "2"), at(1000, books.Detach, "w1", "1"), done),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judgeOne(test.acts, test.events...)
			assert.Equal(t, test.kill, v.Kill.Percentile(100))
			assert.Equal(t, test.deploy, v.Deploy.Percentile(100))
			assert.Equal(t, []int{test.stray, test.slow, test.twice}, []int{len(v.Stray), v.Slow, v.Twice})
			assert.Zero(t, v.Lost)
			assert.Equal(t, test.stray+test.slow, len(v.Broken(true)))
		})
	}
}

func TestFrozenWorkers(t *testing.T) {
	t.Parallel()
	v := judgeOne([]books.Act{act(1000, books.Freeze, "w1"), act(8000, books.Wake, "w1")}, append(begun(),
		at(5900, books.Attach, "w2", "2"),
		at(8010, books.Steer, "w1", "session.update"), at(8020, books.Detach, "w1", "1"), at(8030, books.Steer, "w1", "late"),
		at(9000, books.Ended, "", realtimetest.EndCaller))...)
	assert.Equal(t, Times{4900 * time.Millisecond}, v.Freeze)
	assert.Equal(t, Times{20 * time.Millisecond}, v.Overlap)
	assert.Equal(t, 1, v.Steered)
	assert.Empty(t, v.Stray)
}

func TestDispatchAndPercentiles(t *testing.T) {
	t.Parallel()
	v := judgeOne(nil, at(0, books.Deliver, "f1", ""), at(50, books.Refused, "f1", ""), at(300, books.Deliver, "f2", ""),
		at(302, books.Stored, "f2", ""), at(310, books.Deliver, "f1", ""), at(312, books.Stored, "f1", ""), at(320, books.Attach, "w1", "1"))
	assert.Equal(t, Times{20 * time.Millisecond}, v.Dispatch, "from the delivery that was taken first")
	assert.Equal(t, 2, v.Redelivered)
	many := Times{}
	for i := range 200 {
		many = append(many, time.Duration(200-i))
	}
	assert.Equal(t, []time.Duration{100, 198, 200, 0}, []time.Duration{many.Percentile(50), many.Percentile(99), many.Percentile(100), Times(nil).Percentile(99)})
}

func TestAFaultShowsTheHistoryOfItsCall(t *testing.T) {
	t.Parallel()
	acts := []books.Act{act(1000, books.Kill, "w1")}
	v := judgeOne(acts, append(begun(), at(1001, books.Detach, "w1", "1"))...)
	var out strings.Builder
	v.Print(&out, acts, 1)
	assert.Regexp(t, `(?s)rtc_1: lost: it is still open.*attached +w1.*\* killed +w1.*detached +w1`, out.String())
}
