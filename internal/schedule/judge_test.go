package schedule

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
)

// judge compares what the program knows with the logs of the server, after the end.
func (r *run) judge(closed error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	conns := r.srv.Conns()
	arrived := r.judgeArrivals(conns)
	r.judgeFates(closed, arrived)
	r.judgeAudio(conns)
	if r.listens() {
		r.judgeReceived(conns)
	}
	for _, id := range r.claims {
		if !r.taken[id] {
			r.note("%s: the request says that it was taken out", id)
		}
	}
	if r.book.end != "" {
		for _, c := range conns {
			if ids, items, instructions := r.conversation(c); slices.Contains(ids, r.book.end) {
				r.judgeConversation(ids, items)
				r.judgeSettings(instructions)
			}
		}
		if r.listens() {
			r.judgeResponses()
		}
	}
	r.judgeEnd()
}

func (r *run) listens() bool { return r.plan.Session.Receiver != "discard" }

// judgeArrivals holds that nothing arrives twice or in another order, and that nothing
// arrives that was refused. It returns how often events arrived.
func (r *run) judgeArrivals(conns []*realtimetest.Conn) map[string]int {
	type arrival struct{ on, id, kind, item string }
	var list []arrival
	count := map[string]int{}
	for i, c := range conns {
		for _, entry := range c.Log() {
			if entry.Direction != realtimetest.Received {
				continue
			}
			e, err := entry.ClientEvent()
			if err != nil {
				r.note("the server got %s", entry.Data)
				continue
			}
			a := arrival{on: strconv.Itoa(i), id: api.ClientEventID(e), kind: e.EventType()}
			if x, ok := e.(*api.ConversationItemCreate); ok {
				a.item = api.ItemID(x.Item)
			}
			count[a.id]++
			list = append(list, a)
		}
	}
	items, last := map[string]bool{}, map[string]int{}
	for _, a := range list {
		if s := r.book.sent[a.id]; s != nil && !s.accepted {
			r.note("%s arrived, and was not accepted", a.id)
		}
		if a.item != "" && items[a.on+a.item] {
			r.note("item %s arrived twice", a.item)
		}
		items[a.on+a.item] = true
		repeatable := a.item != "" || a.kind == "session.update" || a.kind == "conversation.item.delete"
		if !repeatable && count[a.id] > 1 {
			r.note("%s arrived %d times", a.id, count[a.id])
		}
		var w, n int
		if _, err := fmt.Sscanf(a.id, "e_w%d_%d", &w, &n); err != nil || count[a.id] > 1 {
			continue
		}
		if on := strconv.Itoa(w); n <= last[on] {
			r.note("the events of worker %d changed order at %s", w, a.id)
		} else {
			last[on] = n
		}
	}
	return count
}

// judgeFates holds that each send had one fate, and that all that name it agree.
func (r *run) judgeFates(closed error, arrived map[string]int) {
	written, uncertain, unsent := r.fates[socket.Written].Load(), r.fates[socket.Uncertain].Load(), r.fates[socket.Unsent].Load()
	if begun := r.begun.Load(); begun != written+uncertain {
		r.note("%d writes began and %d ended", begun, written+uncertain)
	}
	if n := r.ends.Load(); n != 1 {
		r.note("the session ended %d times", n)
	}
	lost, _ := errors.AsType[*socket.UnsentError](closed)
	if lost == nil {
		lost = &socket.UnsentError{}
	}
	gone, doubtful := map[string]bool{}, map[string]bool{}
	for _, o := range lost.Unsent {
		gone[o.ID] = true
	}
	for _, o := range lost.Uncertain {
		doubtful[o.ID] = true
	}
	for id, receipt := range r.receipts {
		fate := receipt.Fate()
		switch {
		case fate == socket.Pending,
			(gone[id] || r.taken[id]) != (fate == socket.Unsent),
			doubtful[id] && fate != socket.Uncertain:
			r.note("%s is %v; listed as unsent %v, uncertain %v, taken %v", id, fate, gone[id], doubtful[id], r.taken[id])
		}
	}
	for id := range r.taken {
		gone[id] = true
	}
	for id := range gone {
		if arrived[id] > 0 {
			r.note("%s was not sent, and arrived", id)
		}
	}
	if want := len(gone) + r.book.removed; r.listens() && int(unsent) != want {
		r.note("taps saw %d events unsent, and %d were", unsent, want)
	}
}

// judgeAudio holds that audio arrives once and in order, and within a connection without
// a gap but for what was taken out.
func (r *run) judgeAudio(conns []*realtimetest.Conn) {
	next := int64(-1)
	for _, c := range conns {
		audio, inner := c.AudioReceived(), int64(-1)
		for ; len(audio) >= 4; audio = audio[4:] {
			n := int64(binary.LittleEndian.Uint32(audio))
			for inner >= 0 && inner+1 < n && r.skipped[uint32(inner+1)] {
				inner++
			}
			if n <= next || inner >= 0 && n != inner+1 {
				r.note("audio %d comes after %d and %d", n, next, inner)
				return
			}
			inner, next = n, n
		}
	}
}

// judgeReceived holds that the receiver got what the server sent, once and in order.
func (r *run) judgeReceived(conns []*realtimetest.Conn) {
	at := map[string]int{}
	var first []string
	for i, c := range conns {
		for _, entry := range c.Log() {
			if e, err := entry.ServerEvent(); entry.Direction == realtimetest.Sent && err == nil {
				at[api.ServerEventID(e)] = len(at) + 1
				if i == 0 {
					first = append(first, api.ServerEventID(e))
				}
			}
		}
	}
	last := 0
	for _, id := range r.book.seen {
		if at[id] <= last {
			r.note("received %s, number %d of the server, after number %d", id, at[id], last)
			return
		}
		last = at[id]
	}
	if len(conns) == 1 && (len(r.book.seen) > len(first) || !slices.Equal(first[:len(r.book.seen)], r.book.seen)) {
		r.note("something is missing among what was received")
	}
}

// conversation returns what a connection's server holds.
func (r *run) conversation(c *realtimetest.Conn) (ids []string, items map[string]api.Item, instructions string) {
	items = map[string]api.Item{}
	for _, entry := range c.Log() {
		if entry.Direction != realtimetest.Sent {
			continue
		}
		e, err := entry.ServerEvent()
		if err != nil {
			r.note("the server sent %s", entry.Data)
			continue
		}
		switch e := e.(type) {
		case *api.ConversationItemAdded:
			id, at := api.ItemID(e.Item), 0
			if previous, ok := e.PreviousItemID.Get(); ok {
				at = slices.Index(ids, previous) + 1
			}
			ids, items[id] = slices.Insert(ids, at, id), e.Item
		case *api.ConversationItemDone:
			items[api.ItemID(e.Item)] = e.Item
		case *api.ConversationItemDeleted:
			ids = slices.DeleteFunc(ids, func(id string) bool { return id == e.ItemID })
		case *api.SessionUpdated:
			instructions = instructionsOf(e.Session)
		default:
		}
	}
	return ids, items, instructions
}

func instructionsOf(s api.Session) string {
	if s, ok := s.(*api.RealtimeSession); ok && s.Instructions != nil {
		return *s.Instructions
	}
	return ""
}

// judgeConversation holds that the conversation has what the program made and what it
// saw the server add, once, whole and in order, but for what it knows to be gone.
func (r *run) judgeConversation(ids []string, items map[string]api.Item) {
	b := &r.book
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			r.note("item %s is there twice", id)
		}
		if s, ours := b.find(id); ours {
			message, ok := items[id].(*api.UserMessage)
			if !ok || len(message.Content) != 1 || *message.Content[0].Text != s.text {
				r.note("item %s is not whole", id)
			}
		}
	}
	for _, id := range b.made {
		s := b.sent["e_"+id]
		unknown := !r.listens() && s.step.Ref != "" // Its refusal was not received.
		if s.accepted && !s.told && !unknown && !b.deleted[id] && !r.taken[s.id] && b.failed[s.id] == 0 && b.lost[id] == "" && !slices.Contains(ids, id) {
			r.note("item %s is missing after %d outages", id, b.outages)
		}
	}
	if !r.listens() {
		return
	}
	for _, s := range b.sent {
		taken := r.taken[s.id] || b.failed[s.id] > 0
		if s.after && s.accepted && !taken && slices.Contains(ids, s.step.Ref) {
			r.note("item %s was deleted, and is there after %d outages", s.step.Ref, b.outages)
		}
	}
	for id, call := range b.outputs {
		if b.lost[id] == "" && !r.taken["e_"+id] && b.failed["e_"+id] == 0 && !slices.Contains(ids, id) {
			r.note("the output of %s is missing after %d outages", call, b.outages)
		}
	}
	gone := func(id string) bool { return b.deleted[id] || b.lost[id] != "" }
	want, have := slices.DeleteFunc(slices.Clone(b.order), gone), slices.DeleteFunc(slices.Clone(ids), gone)
	if !slices.Equal(want, have) {
		r.note("the conversation is\n  %v, and should be\n  %v", have, want)
	}
}

// judgeSettings holds that the last update is in force that the server did not refuse.
func (r *run) judgeSettings(instructions string) {
	want := ""
	for _, u := range r.book.updates {
		if u.accepted && !r.taken[u.id] && u.step.Do == "update" {
			want = u.text
		}
	}
	if instructions != want {
		r.note("the server's instructions are %q, and should be %q", instructions, want)
	}
	if now := instructionsOf(r.s.Current()); now != want {
		r.note("the session's instructions are %q, and should be %q", now, want)
	}
}

// judgeResponses holds that the program knows one end of each response that it asked for.
func (r *run) judgeResponses() {
	b := &r.book
	for _, s := range b.responses {
		ends := []string{}
		add := func(what string, n int) {
			for range n {
				ends = append(ends, what)
			}
		}
		add("refused", b.failed[s.id])
		add("unanswered", max(b.unanswered[s.id], b.uncertain[s.id])) // It may be both.
		for id, mark := range b.created {
			if mark == s.id {
				add("done", b.done[id])
				add("interrupted", b.interrupted[id])
			}
		}
		switch {
		case r.taken[s.id] || !s.accepted:
			if len(ends) > 0 {
				r.note("response %s was not asked for, and is %s", s.id, strings.Join(ends, " and "))
			}
		case len(ends) > 1 || len(ends) == 0 && !s.told:
			r.note("the ends of response %s: %v", s.id, ends)
		}
	}
}

// judgeEnd holds that a session that has ended answers at once.
func (r *run) judgeEnd() {
	select {
	case <-r.s.Done():
	default:
		r.note("Close returned, and Done is open")
	}
	before, ctx := r.s.Err(), context.Background()
	if before == nil || r.s.Context().Err() == nil || r.s.CloseStatus() == nil {
		r.note("after the end: %v, %v, %v", before, r.s.Context().Err(), r.s.CloseStatus())
	}
	if err := r.s.Send(ctx, &api.InputAudioBufferClear{}); err == nil {
		r.note("a send is accepted after the end")
	}
	if _, err := r.s.Request(ctx, &api.InputAudioBufferClear{}); err == nil {
		r.note("a request is answered after the end")
	}
	if _, err := r.s.Recv(ctx); err == nil {
		r.note("something is received after the end")
	}
	_, _, _ = r.s.Flush(ctx), r.s.Abort(errAborted), r.s.Close()
	for response, err := range r.s.Responses(ctx) {
		if err == nil {
			r.note("response %s begins after the end", response.ID())
		}
	}
	if !errors.Is(r.s.Err(), before) {
		r.note("the end changed from %v to %v", before, r.s.Err())
	}
}
