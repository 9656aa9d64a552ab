package media

import "github.com/voicelane/realtime-go/wire"

// Mark returns the name in a message that returns a mark: the member name of the member
// object, or of the message itself if object is empty. ok is false for any other message,
// and one that is malformed, of another stream or whose name has escapes: it is left to the
// generated decoder. The name is part of data.
func Mark(data []byte, event, object, stream string, members ...string) (name []byte, ok bool) {
	d := wire.NewDecoder(data)
	if string(d.Peek("event")) != event {
		return nil, false
	}
	for _, member := range members {
		if id := d.Peek(member); id != nil && string(id) != stream {
			return nil, false
		}
	}
	if object == "" {
		name = d.Peek("name")
	}
	o := wire.Object{}
	var extra wire.Extra
	for member := d.Next(&o, &extra); member != nil; member = d.Next(&o, &extra) {
		o.Field = 1 // Nothing is kept.
		if object != "" && string(member) == object {
			name = d.Peek("name")
		}
		d.Skip()
	}
	return name, name != nil && d.End() == nil
}
