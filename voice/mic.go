package voice

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// mic passes what comes over a line to a session and to whom it concerns.
type mic struct {
	line    Line
	format  audio.Format     // of the session
	convert *audio.Converter // nil if the formats are equal
	sound   []byte
	event   api.InputAudioBufferAppend // used again for each frame

	session func() *realtime.Session
	mark    func(Mark)
	key     func(key rune, held time.Duration)
	speech  func(Speech)
	turn    openTurn

	mu sync.Mutex // guards what follows
	// sent counts the bytes that sessions were given, start those before the present
	// session, and base those before the present connection: the server counts from there.
	// at is when the last of them came over the line.
	sent, start, base int64
	at                time.Time
}

// listen passes on what comes, until ctx or the line ends. It returns nil at the end of
// the line.
func (m *mic) listen(ctx context.Context) error {
	for {
		in, err := m.line.Receive(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case in.Mark != 0:
			m.mark(in.Mark)
		case in.Key != 0:
			m.key(in.Key, in.Held)
		case in.Speech != 0:
			m.speech(in.Speech)
		case len(in.Audio) > 0:
			if err := m.send(ctx, in.Audio); err != nil {
				return err
			}
		}
	}
}

// send gives a frame to the session. A session that has ended takes no more: its end is
// known from elsewhere, and another session may follow.
func (m *mic) send(ctx context.Context, frame []byte) error {
	if m.convert != nil {
		m.sound = m.convert.Append(m.sound[:0], frame)
		frame = m.sound
	}
	if len(frame) == 0 {
		return nil
	}
	if m.turn.isOpen() && m.format.Level(frame) > quiet {
		m.turn.heard()
	}
	m.event.Audio = frame
	if err := m.session().Send(ctx, &m.event); err != nil {
		return ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent += int64(len(frame))
	m.at = time.Now()
	return nil
}

// begun notes that another session gets the sound.
func (m *mic) begun() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.start, m.base = m.sent, m.sent
}

// reconnected notes that the session has a new connection, and what earlier ones took.
func (m *mic) reconnected(took int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.base = m.start + took
}

// when returns when the sound at a position of the server's session came over the line.
func (m *mic) when(position time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.at.IsZero() {
		return now
	}
	behind := m.format.Duration(int(m.sent-m.base)) - position
	if t := m.at.Add(-max(behind, 0)); t.Before(now) {
		return t
	}
	return now
}
