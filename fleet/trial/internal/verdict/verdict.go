// Package verdict judges a trial by the books alone: what was lost, done twice, and how
// long calls were without a worker.
package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/realtimetest"
)

// Slack is by how much a call may be without a worker for longer than the lease after its
// worker was killed.
const Slack = 500 * time.Millisecond

// Soon is within which time after its effect, and the lease, the model must be told of it.
const Soon = 10 * time.Second

// Verdict is what became of all calls.
type Verdict struct {
	// Lease is the fleet's.
	Lease time.Duration
	Calls int
	// Lost are calls that ended although neither side wanted it, were not taken or not
	// served any more, or are still open.
	Lost int
	// Doubled are functions with more than one effect, DoubleAccepts calls that were
	// accepted more than once, and Lies functions that the model was told are done without
	// an effect.
	Doubled, DoubleAccepts, Lies int
	// Silent are functions that had their effect, and the model was never told, although the
	// call went on for [Soon].
	Silent int
	// Effects is the number of effects, Unknown of the functions whose outcome was told as
	// unknown, Failed of those that failed, Unheard of those that the model asked for and
	// was told nothing about while the call went on.
	Effects, Unknown, Failed, Unheard int
	// Refused is the number of accepts that the server has refused, Redelivered that of
	// deliveries of webhooks beside the one that was taken first.
	Refused, Redelivered int
	// Kill is the time from the end of a worker to the next sideband of each of its calls,
	// Freeze the same for a frozen worker, and Deploy the time without a sideband while a
	// worker drained.
	Kill, Freeze, Deploy Times
	// Stray are times without a sideband that nothing of the timeline explains.
	Stray Times
	// Slow is the number of times above the lease and [Slack] after a kill or a freeze.
	Slow int
	// Twice is the number of calls whose next worker was killed before it had attached.
	Twice int
	// Overlap is how long a frozen worker kept sidebands after it was woken, and Steered
	// what it sent on sidebands of calls that another worker held.
	Overlap Times
	Steered int
	// Dispatch is the time from a webhook's delivery to the sideband.
	Dispatch Times
	// Faults are the calls that broke a promise.
	Faults []Fault
}

// Fault is one promise that was broken.
type Fault struct {
	Call *books.Call
	Why  string
}

// Judge reads the books. lease is the fleet's.
func Judge(b *books.Books, acts []books.Act, lease time.Duration) *Verdict {
	j := &judge{v: &Verdict{Lease: lease}, acts: acts, bound: lease + Slack, soon: lease + Soon}
	for _, c := range b.Calls() {
		j.call = c
		j.judge(c.Events())
	}
	return j.v
}

// judge judges one call after another.
type judge struct {
	v     *Verdict
	acts  []books.Act
	bound time.Duration
	soon  time.Duration
	call  *books.Call
}

func (j *judge) fault(format string, args ...any) {
	j.v.Faults = append(j.v.Faults, Fault{j.call, fmt.Sprintf(format, args...)})
}

func (j *judge) judge(events []books.Event) {
	j.v.Calls++
	j.end(events)
	j.accepts(events)
	j.tools(events)
	j.dispatch(events)
	j.gaps(events)
}

// end counts a call as lost that did not end as it should.
func (j *judge) end(events []books.Event) {
	last := func(kind books.Kind) int {
		return lastIndex(events, func(e books.Event) bool { return e.Kind == kind })
	}
	by := ""
	if i := last(books.Ended); i >= 0 {
		by = events[i].Detail
	}
	why := ""
	switch gaveUp := last(books.GaveUp); {
	case gaveUp >= 0:
		why = events[gaveUp].Detail
	case last(books.Attach) < 0:
		why = "no worker has taken it"
	case by == "":
		why = "it is still open"
	case by == realtimetest.EndHangup && last(books.Goodbye) < 0:
		why = "a worker hung it up"
	case by == realtimetest.EndRejected, by == realtimetest.EndReferred, by == realtimetest.EndServer:
		why = "it ended as " + by
	}
	if why != "" {
		j.v.Lost++
		j.fault("lost: %s", why)
	}
}

func (j *judge) accepts(events []books.Event) {
	accepted := count(events, books.Accepted)
	j.v.Refused += count(events, books.Again)
	j.v.Redelivered += max(count(events, books.Deliver)-1, 0)
	if accepted > 1 {
		j.v.DoubleAccepts++
		j.fault("accepted %d times", accepted)
	}
}

// tools follows each function that the model has asked for.
func (j *judge) tools(events []books.Event) {
	effects, told, last := map[string]int{}, map[string]books.Kind{}, map[string]time.Time{}
	var asked []string
	over := events[len(events)-1].At
	for _, e := range events {
		id, _, _ := strings.Cut(e.Detail, " ")
		switch e.Kind {
		case books.Asked:
			asked = append(asked, id)
		case books.Effect:
			effects[id]++
			last[id] = e.At
			j.v.Effects++
		case books.Told, books.Unknown, books.Failed:
			told[id] = e.Kind
		case books.Ended:
			over = e.At
		default:
		}
	}
	for _, id := range asked {
		if effects[id] > 1 {
			j.v.Doubled++
			j.fault("%s had %d effects", id, effects[id])
		}
		switch told[id] {
		case books.Told:
			if effects[id] == 0 {
				j.v.Lies++
				j.fault("%s is said to be done and had no effect", id)
			}
		case books.Unknown:
			j.v.Unknown++
		case books.Failed:
			j.v.Failed++
		default:
			j.v.Unheard++
			if effects[id] > 0 && over.Sub(last[id]) > j.soon {
				j.v.Silent++
				j.fault("%s had its effect, and the model was not told", id)
			}
		}
	}
}

// dispatch measures from the delivery that was answered with 200 to the first sideband.
func (j *judge) dispatch(events []books.Event) {
	var sent time.Time
	stored := false
	for _, e := range events {
		switch e.Kind {
		case books.Deliver:
			if !stored {
				sent = e.At
			}
		case books.Stored:
			stored = true
		case books.Attach:
			if !sent.IsZero() {
				j.v.Dispatch = append(j.v.Dispatch, e.At.Sub(sent))
			}
			return
		default:
		}
	}
}

func count(events []books.Event, kind books.Kind) int {
	n := 0
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func lastIndex(events []books.Event, match func(books.Event) bool) int {
	for i, e := range slices.Backward(events) {
		if match(e) {
			return i
		}
	}
	return -1
}
