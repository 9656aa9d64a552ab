package realtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Rates of a session's audio formats, in bytes a second. Audio devices count samples
// a second instead.
const (
	// RatePCM is the rate of audio/pcm: 24,000 samples a second of 2 bytes each, mono.
	RatePCM = 48000
	// RateG711 is the rate of audio/pcmu and audio/pcma: 8,000 samples a second of
	// 1 byte each, mono.
	RateG711 = 8000
)

// RootItem is the PreviousItemID that adds an item at the front of the conversation.
const RootItem = "root"

// appendSize is the most audio that one event carries. The server takes 15 MiB; small
// events let others in between. It is even, so that no sample is cut.
const appendSize = 256 << 10

// split calls send with pieces of audio of at most appendSize.
func split(audio []byte, send func([]byte) error) error {
	for len(audio) > 0 {
		n := min(len(audio), appendSize)
		if err := send(audio[:n]); err != nil {
			return err
		}
		audio = audio[n:]
	}
	return nil
}

// AppendAudio sends input audio of any length, in as many events as needed, cut between
// samples; half a sample at the end is sent as it is. The audio is samples without a
// header, in the session's input format, by default 24 kHz mono PCM16 (little-endian):
// the header of a WAV file would be heard as a click. The bytes may be used again when
// it returns.
func (s *Session) AppendAudio(ctx context.Context, audio []byte) error {
	return split(audio, func(chunk []byte) error {
		return s.Send(ctx, &api.InputAudioBufferAppend{Audio: chunk})
	})
}

// AppendAudioFrom sends audio as fast as the reader returns it, until io.EOF. It
// returns how many bytes were accepted. Reads of odd length are joined, so that every
// event holds whole samples. The samples are as in AppendAudio, without the header of
// a file.
func (s *Session) AppendAudioFrom(ctx context.Context, r io.Reader) (int64, error) {
	if isNil(r) {
		return 0, errNilReader
	}
	buf := make([]byte, 16<<10)
	var total int64
	kept := 0 // the odd byte of the read before
	for {
		n, err := r.Read(buf[kept:])
		have := kept + n
		kept = have % 2
		if errors.Is(err, io.EOF) {
			kept = 0 // an odd end is sent as it is
		}
		whole := have - kept
		if whole > 0 {
			if err := s.AppendAudio(ctx, buf[:whole]); err != nil {
				return total, err
			}
			total += int64(whole)
			copy(buf, buf[whole:have])
		}
		switch {
		case errors.Is(err, io.EOF):
			return total, nil
		case err != nil:
			return total, fmt.Errorf("realtime: audio source: %w", err)
		case ctx.Err() != nil:
			return total, ctxerr.Of(ctx)
		}
	}
}

// Pace is how fast a recording is sent. The zero value is real time in pieces of 50 ms
// of [RatePCM].
type Pace struct {
	// Rate is the format's bytes a second, default [RatePCM].
	Rate int
	// Chunk is how much audio one event holds, default 50 ms.
	Chunk time.Duration
	// Speed is how much faster than real time, default 1.
	Speed float64
}

// PaceAudio sends a recording as a microphone would: a piece at a time, each when it
// is due. Delays do not add up, since the time of every piece counts from the
// beginning. It returns how many bytes were accepted, at io.EOF or when the context
// ends. The samples are as in AppendAudio, without the header of a file, and Pace.Rate
// must fit their format.
func (s *Session) PaceAudio(ctx context.Context, r io.Reader, p Pace) (int64, error) {
	if isNil(r) {
		return 0, errNilReader
	}
	rate, chunk, speed := p.Rate, p.Chunk, p.Speed
	if rate <= 0 {
		rate = RatePCM
	}
	if chunk <= 0 {
		chunk = 50 * time.Millisecond
	}
	if speed <= 0 {
		speed = 1
	}
	size := max(int(int64(rate)*int64(chunk)/int64(time.Second))&^1, 2)
	buf := make([]byte, size)
	begin := time.Now()
	var total int64
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			due := begin.Add(time.Duration(float64(total) / float64(rate) / speed * float64(time.Second)))
			if err := ctxerr.Sleep(ctx, time.Until(due)); err != nil {
				return total, err
			}
			if err := s.AppendAudio(ctx, buf[:n]); err != nil {
				return total, err
			}
			total += int64(n)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return total, nil
		}
		if err != nil {
			return total, fmt.Errorf("realtime: audio source: %w", err)
		}
	}
}

// SendText adds a user's text to the conversation. It requests no response.
func (s *Session) SendText(ctx context.Context, text string) error {
	return s.SendItem(ctx, api.UserText(text))
}

// SendItem adds an item at the end of the conversation, such as the output of a
// function call.
func (s *Session) SendItem(ctx context.Context, item api.Item) error {
	if isNil(item) {
		return errNilEvent
	}
	return s.Send(ctx, &api.ConversationItemCreate{Item: item})
}

// CancelResponse stops a response, or with an empty id the one that runs. When none
// runs, the server answers with an error of [CodeCancelNotActive], which is harmless:
// the response ended first.
func (s *Session) CancelResponse(ctx context.Context, responseID string) error {
	e := &api.ResponseCancel{}
	if responseID != "" {
		e.ResponseID = &responseID
	}
	return s.Send(ctx, e)
}

// Update changes the session's settings and waits until the server confirms them:
// absent members stay, null clears. It returns the whole session after the change.
func (s *Session) Update(ctx context.Context, change api.SessionConfig) (api.Session, error) {
	e, err := s.Request(ctx, &api.SessionUpdate{Session: change})
	if err != nil {
		return nil, err
	}
	updated, ok := e.(*api.SessionUpdated)
	if !ok {
		return nil, fmt.Errorf("realtime: session.update was answered by %s", e.EventType())
	}
	return updated.Session, nil
}
