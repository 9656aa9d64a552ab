package telephonytest

// far is the protocol of a carrier, from its side.
type far interface {
	// begin returns the messages that open a stream.
	begin(c *scene) []message
	// media returns a piece of the caller's sound: its number from 1, and its beginning in
	// milliseconds.
	media(n, at int, sound []byte) message
	key(r rune) message
	// mark and stop return false where the carrier sends no such message.
	mark(name string) (message, bool)
	stop() (message, bool)
	// receive takes a message of the program.
	receive(c *scene, m message)
}

// appender is a generated message.
type appender interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// text returns a text message.
func text(m appender) message {
	data, err := m.AppendJSON(nil)
	if err != nil {
		return message{data: []byte("{}")} // Every message of this package can be encoded.
	}
	return message{data: data}
}
