package realtime

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/mirror"
)

// Conversation is what the server holds of a session's conversation, as far as the events
// show: in order, typed, with what was heard. It is kept from the first call of
// [Session.Conversation] on, with Options.Reconnect from the beginning, which restores it
// after an outage. Reconnect.HistoryBytes bounds it, or 8 MiB without. It is ahead of the
// receiver of events: see Version. All methods may be called from any goroutine.
type Conversation struct {
	s *Session
	h *history
}

// Conversation returns the conversation of the session. The first call begins to keep it,
// unless Options.Reconnect is set; call it before the conversation begins.
func (s *Session) Conversation() *Conversation {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	h := s.past.Load()
	if h == nil {
		h = newHistory((&Reconnect{}).resolved().HistoryBytes, false)
		h.Describe(s.Current())
		s.past.Store(h)
	}
	h.asksOnly = false
	if end := s.conn.Ending(); end != nil { // Over may have come before the store.
		h.close(end.Received)
	}
	return &Conversation{s, h}
}

// Items returns the items in the order of the conversation, and after them those that
// were asked for.
func (c *Conversation) Items() []Item {
	c.s.desk.mu.Lock()
	defer c.s.desk.mu.Unlock()
	return itemsOf(c.h.Items())
}

// Item returns the item with an id, and whether there is one.
func (c *Conversation) Item(id string) (Item, bool) {
	items := c.Items()
	i := slices.IndexFunc(items, func(x Item) bool { return x.ID() == id })
	if i < 0 {
		return Item{}, false
	}
	return items[i], true
}

// Watch yields each change of an item from the call on: the item as it then is, a removed
// one with the state [ItemDeleted] or [ItemDropped]. With ids it yields those items alone.
// Speech and text that grow are no changes; the complete item is. The last pair holds the
// error that ended the session, that of the context, or [ErrBehind]; after an end in good
// order there is none.
func (c *Conversation) Watch(ctx context.Context, ids ...string) iter.Seq2[Item, error] {
	all := c.h.changes.From(ctx)
	if len(ids) == 0 {
		return all
	}
	ids = slices.Clone(ids)
	return func(yield func(Item, error) bool) {
		for item, err := range all {
			if (err != nil || slices.Contains(ids, item.ID())) && !yield(item, err) {
				return
			}
		}
	}
}

// Version counts the changes that events of the server have made. Received is the version
// that the latest event which was received has led to: while it is less, events wait in
// the receive queue that have changed the conversation already.
func (c *Conversation) Version() (held, received uint64) {
	return c.h.Version.Load(), c.h.received.Load()
}

// Copy returns the items as another conversation can be given them, in order, with the
// ids that they have, and what it cannot be given: an item in both comes in part. Answers
// that were cut come with the words that were heard, spoken input with its transcript,
// calls of functions only if their arguments are complete, and outputs only with their
// call. What a deletion was asked for is left out.
func (c *Conversation) Copy() (items []api.Item, lost []LostItem) {
	c.s.desk.mu.Lock()
	defer c.s.desk.mu.Unlock()
	items, gone := c.h.Copy()
	for _, l := range gone {
		lost = append(lost, LostItem{ID: l.ID, Reason: l.Reason})
	}
	return items, lost
}

// Insert adds an item behind the one with the id after, or with [RootItem] at the front,
// or with "" at the end. It asks for no response, and returns once the server holds the
// item, with its id. The errors are those of [Session.Request].
func (c *Conversation) Insert(ctx context.Context, item api.Item, after string) (id string, err error) {
	if isNil(item) {
		return "", errNilEvent
	}
	e := &api.ConversationItemCreate{Item: item}
	if after != "" {
		e.PreviousItemID = &after
	}
	answer, err := c.s.Request(ctx, e)
	if err != nil {
		return "", err
	}
	switch a := answer.(type) {
	case *api.ConversationItemAdded:
		return api.ItemID(a.Item), nil
	case *api.ConversationItemCreated:
		return api.ItemID(a.Item), nil
	default:
		return api.ItemID(item), nil
	}
}

// Delete removes an item, and returns once the server has. The errors are those of
// [Session.Request]; an item that a lost connection took counts as removed.
func (c *Conversation) Delete(ctx context.Context, id string) error {
	_, err := c.s.Request(ctx, &api.ConversationItemDelete{ItemID: id})
	if errors.Is(err, ErrReplaced) {
		return nil
	}
	return err
}

// Replace puts an item in the place of another one, and returns its id. The new item is
// there before the old one is gone.
func (c *Conversation) Replace(ctx context.Context, id string, item api.Item) (string, error) {
	made, err := c.Insert(ctx, item, id)
	if err != nil {
		return "", err
	}
	return made, c.Delete(ctx, id)
}

// Summarize replaces all items but the last ones by a summary, which f writes of them;
// keep is the least number of items that stay. A call and its output stay together, and
// so does everything from the first item on that is not complete. It does nothing when
// there is nothing to replace.
func (c *Conversation) Summarize(ctx context.Context, keep int, f func(ctx context.Context, old []Item) (string, error)) error {
	c.s.desk.mu.Lock()
	views := c.h.Items()
	c.s.desk.mu.Unlock()
	old := itemsOf(views[:mirror.Summarizable(views, keep)])
	if len(old) == 0 {
		return nil
	}
	text, err := f(ctx, old)
	if err != nil {
		return err
	}
	if _, err := c.Insert(ctx, api.SystemText("The conversation so far: "+text), RootItem); err != nil {
		return err
	}
	for _, item := range old {
		if err := c.Delete(ctx, item.ID()); err != nil {
			return fmt.Errorf("realtime: the summary is there, and item %s too: %w", item.ID(), err)
		}
	}
	return nil
}
