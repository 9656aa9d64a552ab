package line

import "time"

const (
	// window is how many pieces wait for one that is missing.
	window = 5
	// patience is how long they wait.
	patience = window * FrameTime
	// restart is a step back of the numbers that is a new count, not a late piece.
	restart = 1000
)

// order holds pieces that came too early.
type order struct {
	next  int64 // the number of the piece that is due
	held  [window]piece
	n     int // how many of held are in use, sorted by number
	since time.Time
}

type piece struct {
	chunk, at int64
	sound     []byte
}

// ordered delivers a piece in its place. Pieces that come too late, or twice, are dropped.
func (i *input) ordered(now time.Time, chunk, at int64, sound []byte, c *counts) {
	o := &i.order
	switch {
	case chunk < o.next-restart:
		i.release(now, o.n, c)
		o.next = chunk
	case chunk < o.next:
		c.late.Add(1)
		return
	}
	if chunk == o.next {
		o.next++
		i.deliver(now, at, sound, c)
		i.release(now, 0, c)
		return
	}
	if o.n == window {
		i.release(now, 1, c)
	}
	o.hold(now, chunk, at, sound, c)
	if now.Sub(o.since) >= patience {
		i.release(now, 1, c)
	}
}

// hold keeps a piece until its turn.
func (o *order) hold(now time.Time, chunk, at int64, sound []byte, c *counts) {
	k := o.n
	for k > 0 && o.held[k-1].chunk > chunk {
		k--
	}
	if k > 0 && o.held[k-1].chunk == chunk || chunk < o.next {
		c.late.Add(1)
		return
	}
	if o.n == 0 {
		o.since = now
	}
	free := o.held[o.n].sound[:0]
	copy(o.held[k+1:o.n+1], o.held[k:o.n])
	o.held[k] = piece{chunk, at, append(free, sound...)}
	o.n++
	c.reordered.Add(1)
}

// release delivers the first least pieces that are held, and those that follow without a
// gap.
func (i *input) release(now time.Time, least int, c *counts) {
	o := &i.order
	k := 0
	for k < o.n && (k < least || o.held[k].chunk == o.next) {
		p := &o.held[k]
		o.next = p.chunk + 1
		i.deliver(now, p.at, p.sound, c)
		k++
	}
	if k == 0 {
		return
	}
	// Keep the memory of the pieces that were delivered.
	var used [window]piece
	copy(used[:], o.held[:k])
	copy(o.held[:], o.held[k:o.n])
	copy(o.held[o.n-k:], used[:k])
	o.n -= k
	o.since = now
}
