package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/voicelane/realtime-go/cmd/realtime/internal/device"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

// finishing bounds the wait for the rest of a translation once the microphone is closed.
const finishing = 5 * time.Second

// listen translates the microphone until ctx ends.
func (t *translating) listen(ctx context.Context, out *output) (err error) {
	d, err := device.Open(t.device)
	if err != nil {
		return err
	}
	defer d.Close()
	file, end, err := t.destination()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	spoken := file
	if t.mute {
		out.remark("microphone %s; Ctrl-C ends", d.Microphone)
	} else {
		out.remark("microphone %s, loudspeaker %s; Ctrl-C ends", d.Microphone, d.Loudspeaker)
		s := newSpeaker(d)
		defer s.close()
		spoken = io.MultiWriter(file, s)
	}
	// The session outlives Ctrl-C by the rest of the translation.
	session, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(finishing, stop) })()
	err = t.hold(session, out, spoken, func(s *realtime.TranslationSession) error {
		if err := forward(ctx, d, s); err != nil {
			return err
		}
		return s.Finish(session)
	})
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // The rest has not come in time.
	}
	return err
}

// forward sends what a line hears until it ends or ctx does.
func forward(ctx context.Context, line voice.Line, s *realtime.TranslationSession) error {
	for {
		in, err := line.Receive(ctx)
		if err == nil {
			err = s.AppendAudio(s.Context(), in.Audio)
		} else if errors.Is(err, io.EOF) || errors.Is(err, context.Cause(ctx)) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// speaker plays on a line what is written to it, without delaying the writer.
type speaker struct {
	line    voice.Line
	pieces  chan []byte
	stop    context.CancelFunc
	stopped chan struct{}
}

// waiting bounds the pieces that were written and not played. Beyond it Write blocks.
const waiting = 1000

func newSpeaker(line voice.Line) *speaker {
	ctx, stop := context.WithCancel(context.Background())
	s := &speaker{line: line, pieces: make(chan []byte, waiting), stop: stop, stopped: make(chan struct{})}
	go s.play(ctx)
	return s
}

func (s *speaker) play(ctx context.Context) {
	defer close(s.stopped)
	for {
		select {
		case piece := <-s.pieces:
			if s.line.Play(ctx, piece) != nil {
				return // The line or the speaker is closed.
			}
		case <-ctx.Done():
			return
		}
	}
}

// Write takes sound to play. It keeps no reference to it.
func (s *speaker) Write(sound []byte) (int, error) {
	select {
	case s.pieces <- append([]byte(nil), sound...):
		return len(sound), nil
	case <-s.stopped:
		return 0, voice.ErrLineEnded
	}
}

// close stops playing, what was not played yet included.
func (s *speaker) close() {
	s.stop()
	<-s.stopped
}
