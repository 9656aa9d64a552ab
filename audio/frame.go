package audio

// Framer cuts sound of any lengths into frames of one length. Its methods must not run at
// the same time.
type Framer struct {
	Size int // The length of a frame in bytes, see [Format.Bytes]. It must be positive.

	held []byte // Sound that was pushed; what lies before next was returned.
	next int
}

// Push adds a copy of p.
func (f *Framer) Push(p []byte) {
	if f.next > 0 {
		f.held = f.held[:copy(f.held, f.held[f.next:])]
		f.next = 0
	}
	f.held = append(f.held, p...)
}

// Next returns the next frame, if it is complete. The frame is valid until the next Push,
// Rest or Reset.
func (f *Framer) Next() (frame []byte, ok bool) {
	end := f.next + f.Size
	if f.Size <= 0 || end > len(f.held) {
		return nil, false
	}
	frame = f.held[f.next:end:end]
	f.next = end
	return frame, true
}

// Rest returns the sound that does not fill a frame, padded to a frame with silence in
// the given format, or nil if there is none. Call it when Next has returned all complete
// frames. The frame is valid until the next Push, Rest or Reset.
func (f *Framer) Rest(silence Format) []byte {
	if f.Size <= 0 || f.next == len(f.held) {
		return nil
	}
	if frame, ok := f.Next(); ok {
		return frame
	}
	f.Push(nil)
	have := len(f.held)
	for len(f.held) < f.Size {
		f.held = append(f.held, 0)
	}
	silence.silence(f.held[have:])
	frame, _ := f.Next()
	return frame
}

// Reset drops what was pushed and not returned.
func (f *Framer) Reset() { f.held, f.next = f.held[:0], 0 }
