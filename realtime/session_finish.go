package realtime

import (
	"context"
	"errors"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// errNotTranscription is returned by Finish of a session that holds a conversation.
var errNotTranscription = errors.New("realtime: only a transcription session can be finished: call Close")

// Finish ends the input of a session with the target [Transcription] without losing its
// tail: it commits the audio that the server's buffer holds, waits until every committed
// item is transcribed or has failed, and closes. Less than 100 ms of audio at the end is
// not transcribed. The receiver gets the transcripts and then [io.EOF]; events must be
// received meanwhile, or discarded.
//
// Nothing can be sent once Finish has begun: Send returns [socket.ErrClosed]. If the
// session ends before, Finish returns the reason. If the context ends first, Finish
// returns its cause, and the session stays open; Finish can then be called again. A
// refused commit is returned as a [*ServerError] after the close. With Options.Reconnect
// an outage costs the transcripts that [Reconnected] lists, and Finish goes on. A session
// with another target is not finished, and returns an error.
func (s *Session) Finish(ctx context.Context) error {
	if s.owed == nil {
		return errNotTranscription
	}
	s.owed.End()
	refused, err := s.endInput(ctx)
	if err == nil {
		err = s.awaitTranscripts(ctx)
	}
	if err != nil {
		return err
	}
	return errors.Join(refused, s.Close())
}

// endInput commits the rest of the audio. It then clears the buffer, which is empty: the
// answer comes after the server has handled the commit, even if turn detection has
// committed audio by itself at the same time. A refusal for want of audio is none.
func (s *Session) endInput(ctx context.Context) (refused, err error) {
	for _, e := range []api.ClientEvent{&api.InputAudioBufferCommit{}, &api.InputAudioBufferClear{}} {
		_, err := s.request(ctx, e, nil)
		for errors.Is(err, ErrReplaced) {
			_, err = s.request(ctx, e, nil)
		}
		refusal, ok := errors.AsType[*ServerError](err)
		switch {
		case err != nil && !ok:
			return nil, err
		case err != nil && refusal.Code() != CodeCommitEmpty && e.EventType() == "input_audio_buffer.commit":
			refused = err
		}
	}
	return refused, nil
}

// awaitTranscripts waits until no transcript is owed.
func (s *Session) awaitTranscripts(ctx context.Context) error {
	for {
		paid := s.owed.Wait()
		if paid == nil {
			return nil
		}
		select {
		case <-paid:
		case <-s.Done():
			return s.conn.Ending().Refusal
		case <-ctx.Done():
			return ctxerr.Of(ctx)
		}
	}
}
