package transcribe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Stream transcribes audio until its reader returns [io.EOF] and the last transcript has
// arrived. It yields segments in the order of the speech, each as soon as those before it
// are yielded. The reader returns samples without a header, 24 kHz mono PCM16 unless it
// is a [*Sound].
//
// A pair holds a segment or an error. After an [*ItemError], whose segment has the id and
// the place of the item, and after an error of the server about one event, a
// [*realtime.ServerError], more pairs follow. An error of the reader comes last, after the
// transcripts of what it returned before; so does the end of the session. The context
// bounds all of it.
//
// Each loop over the result opens a session of its own and closes it. Leaving the loop
// ends the session. The loop ends only when a read that is under way has returned. The
// loop has to go on receiving: a body that blocks holds back the session. Any number of
// Streams may use one client.
func Stream(ctx context.Context, client *realtime.Client, audio io.Reader, o *Options) iter.Seq2[Segment, error] {
	c := o.resolved()
	return func(yield func(Segment, error) bool) {
		if err := stream(ctx, client, audio, &c, yield); err != nil {
			yield(Segment{}, err)
		}
	}
}

// errStopped ends a run whose caller has left the loop. No caller gets it.
var errStopped = errors.New("transcribe: the loop was left")

// stream is Stream. It returns the last error, or nil when there is none to yield.
func stream(ctx context.Context, client *realtime.Client, audio io.Reader, o *Options, yield func(Segment, error) bool) error {
	s, err := client.Connect(ctx, realtime.Transcription(), o.Session)
	if err != nil {
		return fmt.Errorf("transcribe: %w", err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	format, rate := sound(audio)
	if _, err := s.Update(ctx, o.config(format)); err != nil {
		return fmt.Errorf("transcribe: %w", err)
	}
	r := &run{s: s, o: o, rate: rate, audio: audio, yield: yield, starts: map[string]time.Duration{}, stops: map[string]time.Duration{}}
	var fed sync.WaitGroup
	var feedErr error
	fed.Go(func() { feedErr = r.feed(ctx) })
	err = r.receive(ctx)
	if err != nil {
		cancel()
		_ = s.Close() // A sender may wait for room.
	}
	fed.Wait()
	switch {
	case errors.Is(err, errStopped):
		return nil
	case err != nil:
		return fmt.Errorf("transcribe: %w", err)
	case feedErr != nil:
		return fmt.Errorf("transcribe: %w", feedErr)
	default:
		return nil
	}
}

// run is one loop of Stream.
type run struct {
	s     *realtime.Session
	o     *Options
	rate  int // bytes a second
	audio io.Reader
	yield func(Segment, error) bool

	mu    sync.Mutex
	marks []time.Duration // where this side has cut the audio; guarded by mu

	// The receiver's own.
	order         order
	starts, stops map[string]time.Duration // of speech, by item
	base          time.Duration            // where the audio of the current connection begins
	end           time.Duration            // of the last item
}

// feed sends the audio and ends the input.
func (r *run) feed(ctx context.Context) error {
	var total int64
	var err error
	for more := true; more && err == nil; {
		from := r.audio
		if r.o.CommitEvery > 0 {
			from = io.LimitReader(r.audio, r.bytes(r.o.CommitEvery))
		}
		var n int64
		n, err = r.send(ctx, from)
		total += n
		more = r.o.CommitEvery > 0 && n == r.bytes(r.o.CommitEvery)
		if more && err == nil {
			r.mark(total)
			err = r.s.Send(ctx, &api.InputAudioBufferCommit{})
		}
	}
	r.mark(total)
	finish := r.s.Finish(ctx)
	if _, refused := errors.AsType[*realtime.ServerError](finish); refused {
		finish = nil // The receiver gets it.
	}
	return errors.Join(err, finish)
}

// send sends all that from returns.
func (r *run) send(ctx context.Context, from io.Reader) (int64, error) {
	if r.o.Pace == nil {
		return r.s.AppendAudioFrom(ctx, from)
	}
	p := *r.o.Pace
	p.Rate = r.rate
	return r.s.PaceAudio(ctx, from, p)
}

// bytes returns how many bytes, in whole samples, play for d.
func (r *run) bytes(d time.Duration) int64 {
	return int64(d.Seconds()*float64(r.rate)) &^ 1
}

// mark notes that the audio is cut after so many bytes.
func (r *run) mark(total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, time.Duration(float64(total)/float64(r.rate)*float64(time.Second)))
}

// cut returns where this side has cut the audio next.
func (r *run) cut() (at time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.marks) == 0 {
		return 0, false
	}
	at, r.marks = r.marks[0], r.marks[1:]
	return at, true
}
