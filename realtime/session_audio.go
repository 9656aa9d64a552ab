package realtime

import (
	"context"
	"fmt"
	"io"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/pace"
)

// RootItem is the PreviousItemID that adds an item at the front of the conversation.
const RootItem = "root"

// AppendAudio sends input audio of any length, in as many events as needed, cut between
// samples; half a sample at the end is sent as it is. The audio is samples without a
// header, in the session's input format, by default 24 kHz mono PCM16 (little-endian):
// the header of a WAV file would be heard as a click. The bytes may be used again when
// it returns.
func (s *Session) AppendAudio(ctx context.Context, audio []byte) error {
	return pace.Split(audio, func(chunk []byte) error {
		return s.Send(ctx, &api.InputAudioBufferAppend{Audio: chunk})
	})
}

// AppendAudioFrom sends audio as fast as the reader returns it, until io.EOF. It
// returns how many bytes were accepted. Reads of odd length are joined, so that every
// event holds whole samples. The samples are as in AppendAudio, without the header of
// a file.
func (s *Session) AppendAudioFrom(ctx context.Context, r io.Reader) (int64, error) {
	return streamAudio(ctx, r, s.AppendAudio)
}

// PaceAudio sends a recording as a microphone would: a piece at a time, each when it
// is due. Delays do not add up, since the time of every piece counts from the
// beginning. It returns how many bytes were accepted, at io.EOF or when the context
// ends. The samples are as in AppendAudio, without the header of a file, and Pace.Rate
// must fit their format.
func (s *Session) PaceAudio(ctx context.Context, r io.Reader, p Pace) (int64, error) {
	return paceAudio(ctx, r, p, s.AppendAudio)
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
