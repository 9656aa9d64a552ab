package audiosocket

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony/internal/line"
)

// types are the types of messages with sound, by its format.
var types = map[audio.Format]byte{
	audio.PCM8k: typeSound, audio.PCM(12000): 0x11, audio.PCM16k: 0x12, audio.PCM24k: 0x13,
	audio.PCM(32000): 0x14, audio.PCM(44100): 0x15, audio.PCM48k: 0x16,
}

// protocol is the connection of a call.
type protocol struct{ sound byte }

// idOf returns the text of an id of 16 bytes.
func idOf(b []byte) string {
	text := hex.EncodeToString(b)
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// Receive passes a message on.
func (p *protocol) Receive(l *line.Line, _ bool, data []byte) error {
	switch kind, payload := data[0], data[1:]; {
	case kind == p.sound && len(payload) > 0:
		l.Media(-1, -1, payload)
	case kind == typeDTMF && len(payload) == 1:
		l.Key(rune(payload[0]), 0, time.Time{})
	case kind == typeHangUp:
		return io.EOF
	case kind == typeError:
		l.Refused()
	default:
		l.Odd()
	}
	return nil
}

// AppendAudio appends a frame.
func (p *protocol) AppendAudio(dst, frame []byte) []byte {
	dst = append(dst, p.sound)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(frame))) //nolint:gosec // 20 ms have 1,920 bytes at most.
	return append(dst, frame...)
}

// AppendMark returns dst: there are no marks.
func (p *protocol) AppendMark(dst []byte, _ string) []byte { return dst }

// AppendClear returns dst: all that waits is in our own queue.
func (p *protocol) AppendClear(dst []byte) []byte { return dst }

// AppendKeys returns dst: there are no digits.
func (p *protocol) AppendKeys(dst []byte, _ string) []byte { return dst }
