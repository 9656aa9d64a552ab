package agent

import "time"

// What most conversations do not need, or not yet, is made when it is needed first: an idle
// conversation is small.

// put sets an entry of a map that is nil while it is empty.
func put[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = v
}

// delayed runs a func after a time. The zero delayed is not set. It needs a lock.
type delayed struct{ timer *time.Timer }

// set has f run after a time, instead of what was set before, which must be f too.
func (d *delayed) set(after time.Duration, f func()) {
	if d.timer == nil {
		d.timer = time.AfterFunc(after, f)
		return
	}
	d.timer.Reset(after)
}

func (d *delayed) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
}

// published is the channel of a turn that is published.
var published = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
