package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress is a line on a terminal that says how much of the files was sent. Elsewhere it
// writes nothing.
type progress struct {
	w     io.Writer // nil without a terminal
	files int

	mu          sync.Mutex // guards the fields below
	sent, whole time.Duration
	finished    int
	shown       time.Time
}

// refresh is the least time between two updates.
const refresh = 100 * time.Millisecond

func newProgress(stderr io.Writer, files int) *progress {
	p := &progress{files: files}
	if isTerminal(stderr) {
		p.w = stderr
	}
	return p
}

// open opens a WAV file whose reads count.
func (p *progress) open(name string) (io.Reader, error) {
	f, err := openSound(name)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.whole += f.length
	return &counted{f, p}, nil
}

type counted struct {
	*soundFile
	p *progress
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.soundFile.Read(b)
	c.p.add(c.Format().Duration(n))
	return n, err
}

func (p *progress) add(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent += d
	if p.w == nil || p.whole == 0 || time.Since(p.shown) < refresh {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(p.w, "\r\x1b[K%d of %d files, %s of %s sent", p.finished, p.files, p.sent.Round(time.Second), p.whole.Round(time.Second))
}

// done counts a file that is finished.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finished++
}

// clear removes the line, so that others can be written.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
