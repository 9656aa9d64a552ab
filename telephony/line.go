package telephony

import (
	"context"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/voice"
)

// Line is the sound of one call in both directions: a [voice.Line], [voice.Player],
// [voice.Buffered], [voice.Hanger], [voice.Keypad] and [voice.Informer] on every carrier. It
// is made by the handler of a carrier, which ends it when Options.Call returns.
//
// Sound that is lost on its way here is replaced by silence, and so is sound that does not
// come in time. All methods may be called from any goroutine, but for Receive and Play as
// [voice.Line] has it.
type Line struct{ l *line.Line }

// Wrap makes a Line. It is for the packages of carriers.
func Wrap(l *line.Line) *Line { return &Line{l} }

// Formats returns the format of the caller's sound and the format that Play takes. They
// differ on carriers that choose a codec for each direction.
func (l *Line) Formats() (in, out audio.Format) { return l.l.Formats() }

// Receive waits for the next 20 ms of the caller's sound, or a key. Sound that is not
// received waits, 5 s at most.
func (l *Line) Receive(ctx context.Context) (voice.Input, error) { return l.l.Receive(ctx) }

// Play queues sound. It is sent in whole frames, and the last frame of an answer is filled
// with silence. Play blocks while 2 s wait, which happens on carriers that take sound only
// as fast as it is heard.
func (l *Line) Play(ctx context.Context, sound []byte) error { return l.l.Play(ctx, sound) }

// Room returns how many bytes Play takes without blocking.
func (l *Line) Room() int { return l.l.Room() }

// Clear drops the sound that was not heard, here and at the carrier.
func (l *Line) Clear(ctx context.Context) error { return l.l.Clear(ctx) }

// Played returns the bytes that were heard since the last Clear. It follows the
// carrier's marks where there are any, and then understates by the time that a mark takes to
// come back; otherwise it follows the clock. See [Line.Evidence].
func (l *Line) Played() int { return l.l.Played() }

// Evidence returns what Played is concluded from: [voice.ByMark], or [voice.ByClock] on
// carriers without marks and once a mark was lost.
func (l *Line) Evidence() voice.Evidence { return l.l.Evidence() }

// HangUp ends the line, and with the carrier's REST API the call, where the handler has its
// credentials. Without them the carrier goes on with what comes after the stream in its
// document or dialplan, and ends the call if there is nothing. The error is that of the
// API; the line has ended even so.
func (l *Line) HangUp(ctx context.Context) error { return l.l.HangUp(ctx) }

// Press sends the tones of digits to the caller: 0 to 9, *, # and A to D. It returns
// [voice.ErrUnsupported] on carriers that have no means for it.
func (l *Line) Press(ctx context.Context, digits string) error { return l.l.Press(ctx, digits) }

// Transfer connects the caller with a number, which ends the line. It returns
// [voice.ErrUnsupported] on carriers that have no means for it, or if the handler lacks the
// credentials of the carrier's REST API.
func (l *Line) Transfer(ctx context.Context, to string) error { return l.l.Transfer(ctx, to) }

// Info describes the call.
func (l *Line) Info() voice.Info { return l.l.Info() }

// Ended returns a channel that is closed at the end of the line.
func (l *Line) Ended() <-chan struct{} { return l.l.Ended() }

// Err returns why the line has ended; nil if it has not, or after a normal end. Carriers
// end calls with and without notice, and both are normal.
func (l *Line) Err() error { return l.l.Err() }

// Stats counts what was unusual on a line so far.
type Stats struct {
	// Lost is the sound of the caller that did not arrive, Filled the silence that took its
	// place or that of late sound, and Dropped what was not received in time by this program.
	Lost, Filled, Dropped time.Duration
	// Reordered pieces came too early and waited, Late ones came too late and were dropped,
	// and Skipped messages were malformed, unknown or of another stream.
	Reordered, Late, Skipped int
	// Stalls is how often no sound came for Options.Stall.
	Stalls int
	// Refused is how many messages the carrier did not accept.
	Refused int
}

// Stats returns the counts so far.
func (l *Line) Stats() Stats {
	c := l.l.Counts()
	return Stats{
		Lost: c.Lost, Filled: c.Filled, Dropped: c.Dropped,
		Reordered: c.Reordered, Late: c.Late, Skipped: c.Odd, Stalls: c.Stalls, Refused: c.Refused,
	}
}
