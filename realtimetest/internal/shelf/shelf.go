// Package shelf keeps recordings in bounded memory: the oldest are removed first.
//
// [Shelf.Open] is for a proxy, and [Shelf.Whole] returns what was recorded.
package shelf

import (
	"bytes"
	"errors"
	"sync"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/proxy"
)

// errFull ends a recording that is larger than the shelf.
var errFull = errors.New("the recording is too large to be kept in memory")

// Shelf holds recordings. All methods may be called from any goroutine.
type Shelf struct {
	limit int // Bytes. Set once.

	mu    sync.Mutex
	bytes int      // Guarded by mu.
	ended int      // Guarded by mu. Numbers the recordings that have ended.
	files []*entry // Guarded by mu, and what they hold too.
}

// entry is one recording.
type entry struct {
	shelf *Shelf
	data  bytes.Buffer
	order int // In which it has ended; 0 while it lasts.
}

// New returns a shelf of that many bytes.
func New(limit int) *Shelf { return &Shelf{limit: limit} }

// Open opens a recording of a call.
func (s *Shelf) Open(_ proxy.Call, o *recording.Options) (*recording.Writer, error) {
	e := &entry{shelf: s}
	s.mu.Lock()
	s.files = append(s.files, e)
	s.mu.Unlock()
	o.BufferBytes = s.limit
	return recording.NewWriter(e, o), nil
}

// Write adds to a recording.
func (e *entry) Write(p []byte) (int, error) {
	s := e.shelf
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.bytes+len(p) > s.limit {
		if !s.forget() {
			s.remove(e)
			return 0, errFull
		}
	}
	s.bytes += len(p)
	_, _ = e.data.Write(p) // Never fails.
	if bytes.Contains(p, []byte(`"k":"end"`)) {
		s.ended++
		e.order = s.ended
	}
	return len(p), nil
}

// forget removes the recording that has ended first. The lock is held.
func (s *Shelf) forget() bool {
	var oldest *entry
	for _, e := range s.files {
		if e.order > 0 && (oldest == nil || e.order < oldest.order) {
			oldest = e
		}
	}
	if oldest == nil {
		return false
	}
	s.remove(oldest)
	return true
}

// remove removes a recording. The lock is held.
func (s *Shelf) remove(gone *entry) {
	for i, e := range s.files {
		if e == gone {
			s.files = append(s.files[:i:i], s.files[i+1:]...)
			s.bytes -= gone.data.Len()
			return
		}
	}
}

// Whole returns the recordings that have ended and are still kept, in the order of their
// ends. They must not be changed.
func (s *Shelf) Whole() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all [][]byte
	for n := 1; n <= s.ended; n++ {
		for _, e := range s.files {
			if e.order == n {
				all = append(all, e.data.Bytes())
			}
		}
	}
	return all
}
