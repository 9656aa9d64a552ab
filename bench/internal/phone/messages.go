package phone

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/voicelane/realtime-go/telephony/telephonytest"
)

// Messages of the carriers, with the id of the stream. The numbers of a piece are digits of a
// fixed width, which are overwritten in place.
var mediaTexts = map[telephonytest.Kind]string{
	telephonytest.Twilio:     `{"event":"media","sequenceNumber":"########","media":{"track":"inbound","chunk":"########","timestamp":"@@@@@@@@","payload":"%[2]s"},"streamSid":"%[1]s"}`,
	telephonytest.SignalWire: `{"event":"media","sequenceNumber":"########","media":{"track":"inbound","chunk":"########","timestamp":"@@@@@@@@","payload":"%[2]s"}}`,
	telephonytest.Telnyx:     `{"event":"media","sequence_number":"########","stream_id":"%[1]s","media":{"track":"inbound","chunk":"########","timestamp":"@@@@@@@@","payload":"%[2]s"}}`,
	telephonytest.Plivo:      `{"event":"media","sequenceNumber":"########","streamId":"%[1]s","media":{"track":"inbound","timestamp":"@@@@@@@@","chunk":"########","payload":"%[2]s"}}`,
	telephonytest.Exotel:     `{"event":"media","stream_sid":"%[1]s","sequence_number":"########","media":{"chunk":"########","timestamp":"@@@@@@@@","payload":"%[2]s"}}`,
}

// piece is the frame of a message with sound, and where its numbers are.
type piece struct {
	bytes          []byte
	chunks, stamps []int
}

// newPiece returns the frame of a piece of the caller's sound.
func newPiece(k *kind, stream string) *piece {
	sound := k.format.AppendTone(nil, 300, k.piece, 0.5)
	text, ok := mediaTexts[k.kind]
	switch {
	case k.kind == telephonytest.AudioSocket:
		return &piece{bytes: append(binary.BigEndian.AppendUint16([]byte{0x10}, uint16(len(sound))), sound...)} //nolint:gosec // 320 bytes.
	case !ok:
		return &piece{bytes: appendFrame(nil, 2, sound)}
	}
	p := &piece{bytes: appendFrame(nil, 1, fmt.Appendf(nil, text, stream, base64.StdEncoding.EncodeToString(sound)))}
	for at := range p.bytes {
		switch rest := p.bytes[at:]; {
		case bytes.HasPrefix(rest, []byte(`"########"`)):
			p.chunks = append(p.chunks, at+1)
		case bytes.HasPrefix(rest, []byte(`"@@@@@@@@"`)):
			p.stamps = append(p.stamps, at+1)
		}
	}
	return p
}

// number sets the number of a piece and its beginning in milliseconds.
func (p *piece) number(n, at int) []byte {
	for _, i := range p.chunks {
		digits(p.bytes[i:i+8], n)
	}
	for _, i := range p.stamps {
		digits(p.bytes[i:i+8], at)
	}
	return p.bytes
}

func digits(to []byte, n int) {
	for i := len(to) - 1; i >= 0; i-- {
		to[i] = byte('0' + n%10)
		n /= 10
	}
}

// appendFrame appends a frame of a WebSocket client, with a mask of zeros.
func appendFrame(dst []byte, op byte, payload []byte) []byte {
	dst = append(dst, 0x80|op)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	default:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(n)) //nolint:gosec // Messages are short.
	}
	return append(append(dst, 0, 0, 0, 0), payload...)
}

// key returns the frame in which a key is pressed.
func (k *kind) key() []byte {
	switch k.kind {
	case telephonytest.AudioSocket:
		return []byte{0x03, 0, 1, '1'}
	case telephonytest.Vonage:
		return appendFrame(nil, 1, []byte(`{"event":"websocket:dtmf","digit":"1"}`))
	default:
		return appendFrame(nil, 1, []byte(`{"event":"dtmf","dtmf":{"digit":"1"}}`))
	}
}

// returned turns the text of a mark into that which returns it.
func (k *kind) returned(text []byte) []byte {
	switch k.kind {
	case telephonytest.Plivo:
		return []byte(strings.Replace(string(text), `"checkpoint"`, `"playedStream"`, 1))
	case telephonytest.Vonage:
		return []byte(strings.Replace(string(text), `"action":"notify"`, `"event":"websocket:notify"`, 1))
	default:
		return text
	}
}

// marks reports whether a message of the program is a mark.
func marks(text []byte) bool {
	return bytes.Contains(text[:min(len(text), 60)], []byte(`"mark"`)) || bytes.Contains(text[:min(len(text), 60)], []byte(`"checkpoint"`)) ||
		bytes.Contains(text[:min(len(text), 60)], []byte(`"notify"`))
}
