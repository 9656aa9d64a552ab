package voice

// fifo is a queue of bytes that uses its memory again. The zero value is empty.
type fifo struct {
	buf []byte // buf[at:] is queued
	at  int
}

func (f *fifo) len() int { return len(f.buf) - f.at }

func (f *fifo) clear() { f.buf, f.at = f.buf[:0], 0 }

func (f *fifo) push(p []byte) {
	if f.at > 0 && len(f.buf)+len(p) > cap(f.buf) {
		n := copy(f.buf, f.buf[f.at:])
		f.buf, f.at = f.buf[:n], 0
	}
	f.buf = append(f.buf, p...)
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
