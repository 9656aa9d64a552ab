package telephonytest

import (
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// scene is the part of a call that the protocol of a carrier reads and changes. It is guarded
// by the lock of the call.
type scene struct {
	from, to   string
	parameters map[string]string // that the program's answer has given the stream

	id, streamID string
	in, out      audio.Format
	traits       traits

	now     time.Time // of the message that is handled
	ear     ear
	clears  []time.Time
	replies []message // to the program, for the message that is handled
	digits  string
	faults  []string
	hungUp  bool // by the program
	broken  bool // the carrier ends the connection, since the program broke the protocol
}

// fault notes an objection.
func (c *scene) fault(format string, args ...any) {
	const most = 100
	if len(c.faults) < most {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// play queues sound of the program.
func (c *scene) play(sound []byte) {
	if len(sound)%c.out.SampleSize() != 0 {
		c.fault("%d bytes of sound end within a sample", len(sound))
		return
	}
	c.ear.play(c.now, sound)
}

// clear drops what was not heard.
func (c *scene) clear() {
	c.clears = append(c.clears, c.now)
	c.ear.clear(c.now, c.traits.onClear)
}

// reply sends a message to the program.
func (c *scene) reply(m message) { c.replies = append(c.replies, m) }

// keyed notes keys of the program.
func (c *scene) keyed(digits string) { c.digits += digits }
