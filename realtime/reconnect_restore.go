package realtime

import (
	"context"
	"slices"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/eventid"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
	"github.com/voicelane/realtime-go/internal/restore"
	"github.com/voicelane/realtime-go/socket"
)

// restore gives a new link the settings and the conversation. A call needs neither: it
// has continued at the server. Last is the place of the last event that the old link
// took. It changes neither the send queue nor the mirror beyond what the server's events
// do: the attempt may fail still, and another may follow.
func (b *recovery) restore(ctx context.Context, t link.Link, last uint64) (*restore.Restoration, error) {
	if b.isCall() {
		return nil, nil //nolint:nilnil // There is nothing to carry over.
	}
	r := &restore.Restoration{
		Link: t, Out: b.c.conn.Side(t), Session: b.owner, Mute: b.mute, Refused: b.refused,
		Content: func() ([]byte, mirror.Plan) { return b.content(last) },
	}
	err := r.Run(ctx)
	b.refused = r.Refused
	if err != nil {
		t.Abort() // A write under way ends with it.
		b.mute = b.mute || r.IsMute(ctx)
	}
	_ = r.Out.Abandon(ErrReplaced) // The mirror has what it held.
	if cause := ctxerr.Of(ctx); cause != nil && err != nil {
		return nil, &socket.TransportError{Op: "restore", Err: cause} // Its end aborted the link.
	}
	return r, err
}

// content returns what a new link is given.
func (b *recovery) content(last uint64) (settings []byte, plan mirror.Plan) {
	b.mu.Lock()
	defer b.mu.Unlock()
	plan = b.past.Plan(last)
	if b.transcribes() {
		plan.Items, plan.Lost = nil, nil // Nothing follows from them.
	}
	return b.past.Settings(), plan
}

// carriedOver fills in the report of the attempt that succeeded, and makes the send queue
// and the mirror what the new link needs and its conversation holds. It runs once for an
// outage. Last is the place of the last event that the old link took.
func (b *recovery) carriedOver(r *restore.Restoration, last uint64, report *Reconnected) {
	report.Restored, report.Settings = r.Restored, r.Settings
	for _, l := range r.Lost {
		report.Lost = append(report.Lost, LostItem{ID: l.ID, Reason: l.Reason})
	}
	for _, f := range r.Back {
		report.Uncertain = append(report.Uncertain, socket.Outgoing{ID: eventid.Of(link.Message(*f.Buf)), Type: f.Kind, Bytes: f.Size()})
	}
	b.c.conn.Out.PutBack(r.Back)
	b.mu.Lock()
	defer b.c.desk.unlock()
	report.UncommittedAudio = int(b.past.Audio.Swap(0))
	report.AudioSent = b.audio.Load()
	lost := map[string]bool{}
	for _, l := range report.Lost {
		lost[l.ID] = true
	}
	for _, id := range report.Restored {
		delete(lost, id)
	}
	if b.transcribes() {
		for _, id := range b.c.owed.Lose() {
			report.Lost = append(report.Lost, LostItem{ID: id, Reason: "its transcript had not arrived"})
		}
	}
	asks := b.past.Forget(lost, last)
	b.c.desk.refuse(func(seq uint64) bool { return slices.Contains(asks, seq) }, ErrReplaced)
}
