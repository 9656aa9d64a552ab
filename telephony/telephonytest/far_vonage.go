package telephonytest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/gen/vonage"
)

// farVonage is Vonage.
type farVonage struct{}

func (farVonage) begin(c *scene) []message {
	m := &vonage.Connected{ContentType: new(fmt.Sprintf("audio/l16;rate=%d", c.in.Rate()))}
	for name, value := range c.parameters {
		raw, err := json.Marshal(value)
		if err == nil {
			m.Extra.Set(name, raw)
		}
	}
	return []message{text(m)}
}

func (farVonage) media(_, _ int, sound []byte) message { return message{binary: true, data: sound} }

func (farVonage) key(r rune) message { return text(&vonage.DTMF{Digit: string(r), Duration: new(260)}) }

func (farVonage) mark(name string) (message, bool) {
	return text(&vonage.Notified{Payload: vonage.Payload{Name: &name}}), true
}

func (farVonage) stop() (message, bool) { return message{}, false }

// maxVonage is how much sound the carrier holds.
const maxVonage = 60 * time.Second

func (farVonage) receive(c *scene, m message) {
	if m.binary {
		switch frame := c.out.Bytes(20 * time.Millisecond); {
		case len(m.data) != frame:
			c.fault("unexpected frame size %d, when required %d", len(m.data)/2, frame/2)
			c.broken = true
		case c.ear.queued(c.now) > maxVonage:
			c.fault("more than 60 s of sound wait")
		default:
			c.play(m.data)
		}
		return
	}
	command, err := vonage.DecodeCommand(m.data)
	if err != nil {
		c.fault("a malformed message")
		return
	}
	switch x := command.(type) {
	case *vonage.Notify:
		if x.Payload.Name == nil {
			c.fault("a notify without a name")
			return
		}
		c.ear.mark(c.now, *x.Payload.Name)
	case *vonage.Clear:
		c.clear()
		c.reply(text(&vonage.Cleared{}))
	default:
		c.fault("a message that the carrier does not know")
	}
}
