package voice

import (
	"sync"
	"time"
)

// quiet is the level in dBFS below which a line is silent.
const quiet = -50

// openTurn watches speech of the user that the server has heard begin and not end. Noise
// that has ended can hold a turn open, and nothing is answered until it is over. All methods
// may be called from any goroutine.
type openTurn struct {
	limit time.Duration // of silence; negative: none
	clear func()        // ends the turn without a trace; called without the lock

	mu    sync.Mutex // guards what follows; a leaf
	open  bool
	loud  time.Time // when the line was not silent last, or the turn began
	timer *time.Timer
}

// begin notes that the server has heard speech begin.
func (o *openTurn) begin() {
	if o.limit < 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open, o.loud = true, time.Now()
	if o.timer == nil {
		o.timer = time.AfterFunc(o.limit, o.due)
		return
	}
	o.timer.Reset(o.limit)
}

// end notes that the turn is over.
func (o *openTurn) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open = false; o.timer != nil {
		o.timer.Stop()
	}
}

// isOpen reports whether the level of the line matters.
func (o *openTurn) isOpen() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.open
}

// heard notes that the line is not silent.
func (o *openTurn) heard() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.loud = time.Now()
}

// due clears the turn if the line has been silent for long enough.
func (o *openTurn) due() {
	o.mu.Lock()
	if !o.open {
		o.mu.Unlock()
		return
	}
	if left := o.limit - time.Since(o.loud); left > 0 {
		o.timer.Reset(left)
		o.mu.Unlock()
		return
	}
	o.open = false
	o.mu.Unlock()
	o.clear()
}
