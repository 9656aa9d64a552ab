package transcribe

import (
	"context"
	"errors"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// receive takes the events of the session until its end. It returns errStopped when the
// caller has left the loop, and what ended the session unless that was Finish.
func (r *run) receive(ctx context.Context) error {
	for e, err := range r.s.Events(ctx) {
		if err != nil {
			if _, malformed := errors.AsType[*api.DecodeError](err); !malformed {
				return r.rest(err)
			}
			if !r.yield(Segment{}, err) {
				return errStopped
			}
			continue
		}
		if err := r.take(e); err != nil && !r.yield(Segment{}, err) {
			return errStopped
		}
		if err := r.give(false); err != nil {
			return err
		}
	}
	return r.rest(nil)
}

// rest yields what is left at the end of the session, and returns its cause.
func (r *run) rest(cause error) error {
	for _, it := range r.order.items {
		if !it.done {
			it.fail(&ItemError{ItemID: it.segment.ItemID, Lost: "the session ended before its transcript arrived"})
		}
	}
	if err := r.give(true); err != nil {
		return err
	}
	return cause
}

// give yields the segments whose turn it is.
func (r *run) give(end bool) error {
	for it := r.order.next(end); it != nil; it = r.order.next(end) {
		s := it.segment
		if it.err != nil {
			s = Segment{ItemID: s.ItemID, Start: s.Start, End: s.End}
		}
		if !r.yield(s, it.err) {
			return errStopped
		}
	}
	if !r.o.Partial {
		return nil
	}
	if s, ok := r.order.partial(); ok && !r.yield(s, nil) {
		return errStopped
	}
	return nil
}

// take notes what an event says about the segments. It returns an error of the server
// that is about no segment.
func (r *run) take(e api.ServerEvent) error {
	switch e := e.(type) {
	case *api.InputAudioBufferSpeechStarted:
		r.starts[e.ItemID] = r.base + e.AudioStart()
	case *api.InputAudioBufferSpeechStopped:
		r.stops[e.ItemID] = r.base + e.AudioEnd()
	case *api.InputAudioBufferCommitted:
		previous, _ := e.PreviousItemID.Get()
		r.locate(r.order.place(e.ItemID, previous))
	case *api.ConversationItemAdded:
		r.order.know(api.ItemID(e.Item))
	case *api.ConversationItemCreated:
		r.order.know(api.ItemID(e.Item))
	case *api.ConversationItemInputAudioTranscriptionDelta:
		r.order.find(e.ItemID).grow(e)
	case *api.ConversationItemInputAudioTranscriptionSegment:
		it := r.order.find(e.ItemID)
		it.segment.Speakers = append(it.segment.Speakers, Speaker{
			Label: e.Speaker, Start: seconds(e.Start), End: seconds(e.End), Text: e.Text,
		})
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		r.order.find(e.ItemID).complete(e)
	case *api.ConversationItemInputAudioTranscriptionFailed:
		r.order.find(e.ItemID).fail(&ItemError{ItemID: e.ItemID, Detail: e.Error})
	case *api.ErrorEvent:
		if err := realtime.NewServerError(e); err.Code() != realtime.CodeCommitEmpty {
			return err
		}
	case *realtime.Reconnected:
		r.reconnected(e)
	default:
	}
	return nil
}

// locate finds the place of an item in the audio: as turn detection says, and otherwise
// between the cuts of this side.
func (r *run) locate(it *item) {
	id := it.segment.ItemID
	start, heard := r.starts[id]
	if !heard {
		start = r.end
	}
	end, stopped := r.stops[id]
	if !stopped {
		end, _ = r.cut()
	}
	delete(r.starts, id)
	delete(r.stops, id)
	it.at(start, end)
	r.end = it.segment.End
}

// reconnected fails the items whose transcript went with the old connection, and begins
// to count the time of the new one.
func (r *run) reconnected(e *realtime.Reconnected) {
	for _, lost := range e.Lost {
		if r.order.has(lost.ID) {
			r.order.find(lost.ID).fail(&ItemError{ItemID: lost.ID, Lost: lost.Reason})
		}
	}
	clear(r.starts)
	clear(r.stops)
	r.base = time.Duration(float64(e.AudioSent) / float64(r.rate) * float64(time.Second))
	r.end = max(r.end, r.base)
}
