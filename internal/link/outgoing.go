package link

import "github.com/voicelane/realtime-go/socket"

// Frame is an encoded message on its way out. Kind, Key and Weight are the owner's:
// the outbox passes them on and never looks at them.
type Frame struct {
	Buf    *[]byte // from GetFrame; the outbox gives it back
	Kind   string
	Key    string // "" is none
	Weight int
	Urgent bool   // accepted however full the queue is, so that Put never waits
	Seq    uint64 // the place of the frame, from 1; Put sets it
}

// Size is the length of the message.
func (f *Frame) Size() int { return len(*f.Buf) - frameHead }

// Watcher observes an outbox.
type Watcher interface {
	// Sending runs before a message is written, which overwrites the message's bytes, on
	// the goroutine that begins the write: the writer's or that of Put.
	Sending(f Frame)
	// Sent runs once for each write, when it has ended, on the goroutine that ended it: the
	// writer's or that of Put; and once for a frame that is never written, on the goroutine
	// that ended the session, redialed or took the frame out.
	Sent(f Frame, size int, fate socket.Fate)
}
