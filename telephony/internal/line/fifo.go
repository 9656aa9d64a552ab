package line

// fifo is a queue of bytes that uses its memory again. The zero value is empty.
type fifo struct {
	buf []byte // buf[at:] is queued
	at  int
}

func (f *fifo) len() int { return len(f.buf) - f.at }

func (f *fifo) clear() { f.buf, f.at = f.buf[:0], 0 }

func (f *fifo) push(p []byte) {
	f.compact(len(p))
	f.buf = append(f.buf, p...)
}

// compact makes room for n bytes from those that were popped.
func (f *fifo) compact(n int) {
	if f.at > 0 && len(f.buf)+n > cap(f.buf) {
		f.buf, f.at = f.buf[:copy(f.buf, f.buf[f.at:])], 0
	}
}

// pop removes up to n bytes and returns them; they are valid until the next push.
func (f *fifo) pop(n int) []byte {
	n = min(n, f.len())
	p := f.buf[f.at : f.at+n : f.at+n]
	f.at += n
	if f.at == len(f.buf) {
		f.clear()
	}
	return p
}
