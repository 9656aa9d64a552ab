package verdict

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
)

// gaps measures how long a call was without a worker, and why.
func (j *judge) gaps(events []books.Event) {
	explained := j.hits(events)
	j.strays(events, explained)
}

// span is a time without a worker that an act explains.
type span struct{ from, to time.Time }

// hits follows each act to the next sideband of another worker.
func (j *judge) hits(events []books.Event) []span {
	var explained []span
	for _, act := range j.acts {
		if act.Deed == books.Wake {
			j.woken(events, act)
			continue
		}
		if act.Deed != books.Kill && act.Deed != books.Freeze && act.Deed != books.Deploy || !holds(events, act.Worker, act.At) {
			continue
		}
		left, attached, ok := handedOver(events, act)
		if !ok {
			continue // It ended meanwhile, or is lost.
		}
		gap := attached.Sub(act.At)
		explained = append(explained, span{act.At, attached})
		switch act.Deed {
		case books.Kill:
			j.within(&j.v.Kill, act, gap, attached)
		case books.Freeze:
			j.within(&j.v.Freeze, act, gap, attached)
		default:
			j.v.Deploy = append(j.v.Deploy, attached.Sub(left))
		}
	}
	return explained
}

// within holds a gap to the bound. A gap beyond it is counted from the last kill, if that
// may have hit the next worker as well.
func (j *judge) within(times *Times, act books.Act, gap time.Duration, attached time.Time) {
	if gap > j.bound {
		again := act.At
		for _, other := range j.acts {
			if (other.Deed == books.Kill || other.Deed == books.Freeze) && other.At.After(act.At) && other.At.Before(attached) {
				again = other.At
			}
		}
		if again.Equal(act.At) || attached.Sub(again) > j.bound {
			j.v.Slow++
			j.fault("%s after %s was %s another worker had it, above %s", gap, act.Worker, act.Deed, j.bound)
		} else {
			j.v.Twice++
			gap = attached.Sub(again)
		}
	}
	*times = append(*times, gap)
}

// strays measures times without any sideband that no act on a holder of the call explains:
// its worker attached just as it was killed, or as it began to drain.
func (j *judge) strays(events []books.Event, explained []span) {
	held := map[string]bool{}
	var since time.Time
	var by string
	for _, e := range events {
		switch e.Kind {
		case books.Attach:
			if len(held) == 0 && !since.IsZero() {
				from := since
				known := slices.ContainsFunc(explained, func(s span) bool { return !from.Before(s.from) && !from.After(s.to) })
				last, hit := j.lastOf(by, since)
				switch {
				case known:
				case hit && last.Deed == books.Kill:
					j.within(&j.v.Kill, last, e.At.Sub(last.At), e.At)
				case hit && last.Deed == books.Deploy:
					j.v.Deploy = append(j.v.Deploy, e.At.Sub(since))
				default:
					gap := e.At.Sub(since)
					if gap > StrayMost {
						j.fault("%s without a worker, although nothing was done to %s", gap, by)
					}
					j.v.Stray = append(j.v.Stray, gap)
				}
			}
			held[e.Detail] = true
		case books.Detach:
			delete(held, e.Detail)
			since, by = e.At, e.Worker
		case books.Ended:
			return
		default:
		}
	}
}

// lastOf returns what was done to a worker last before a time.
func (j *judge) lastOf(worker string, at time.Time) (act books.Act, ok bool) {
	for _, a := range j.acts {
		if a.Worker == worker && a.Deed != books.Exit && !a.At.After(at) {
			act, ok = a, true
		}
	}
	return act, ok
}

// woken measures how long a frozen worker kept the sideband of a call after it was woken,
// and counts what it sent on it while another worker held the call.
func (j *judge) woken(events []books.Event, wake books.Act) {
	held, others := 0, 0
	for _, e := range events {
		mine := e.Worker == wake.Worker
		if e.At.Before(wake.At) {
			switch {
			case e.Kind == books.Attach && mine:
				held++
			case e.Kind == books.Detach && mine:
				held--
			case e.Kind == books.Attach:
				others++
			case e.Kind == books.Detach:
				others--
			}
			continue
		}
		if held == 0 || others == 0 || e.Kind == books.Ended {
			return
		}
		switch {
		case e.Kind == books.Detach && mine:
			if held--; held == 0 {
				j.v.Overlap = append(j.v.Overlap, e.At.Sub(wake.At))
			}
		case e.Kind == books.Steer && mine:
			j.v.Steered++
		}
	}
}

// holds reports whether a worker has a sideband of the call at a time.
func holds(events []books.Event, worker string, at time.Time) bool {
	n := 0
	for _, e := range events {
		if !e.At.Before(at) {
			break
		}
		switch {
		case e.Kind == books.Ended:
			return false
		case e.Worker != worker:
		case e.Kind == books.Attach:
			n++
		case e.Kind == books.Detach:
			n--
		}
	}
	return n > 0
}

// handedOver returns when the worker of an act left the call, and when the next one had
// attached; they are equal if the next one was there before. It is false if the call ended
// before.
func handedOver(events []books.Event, act books.Act) (left, attached time.Time, ok bool) {
	for _, e := range events {
		switch {
		case e.At.Before(act.At):
		case e.Kind == books.Ended:
			return left, attached, false
		case e.Kind == books.Detach && e.Worker == act.Worker:
			left = e.At
		case e.Kind == books.Attach && e.Worker != act.Worker:
			if left.IsZero() {
				left = e.At
			}
			return left, e.At, true
		}
	}
	return left, attached, false
}
