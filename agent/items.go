package agent

import (
	"context"
	"errors"
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Items returns what the server holds, in the order of the conversation, as far as its
// events show.
func (c *Conversation) Items() []Item {
	c.mu.Lock()
	defer c.mu.Unlock()
	var items []Item
	for _, v := range c.mirror.Items() {
		items = append(items, Item{Item: v.Item, Making: v.Making, Heard: v.Heard})
	}
	return items
}

// Insert adds an item behind the one with the id after, or with [realtime.RootItem] at
// the front, or with "" at the end. It asks for no answer, and returns once the server
// holds the item, with its id. The errors are those of [realtime.Session.Request].
func (c *Conversation) Insert(ctx context.Context, item api.Item, after string) (id string, err error) {
	e := &api.ConversationItemCreate{Item: item}
	if after != "" {
		e.PreviousItemID = &after
	}
	answer, err := c.edit(ctx, e)
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

// Delete removes an item, and returns once the server has. A call that is removed while
// its function runs is not answered any more. The errors are those of
// [realtime.Session.Request]; an item that a lost connection took counts as removed.
func (c *Conversation) Delete(ctx context.Context, id string) error {
	_, err := c.edit(ctx, &api.ConversationItemDelete{ItemID: id})
	if errors.Is(err, realtime.ErrReplaced) {
		return nil
	}
	return err
}

// edit changes the conversation. Items shows the change when it returns, although the
// event may still be on its way to the conversation.
func (c *Conversation) edit(ctx context.Context, e api.ClientEvent) (api.ServerEvent, error) {
	answer, err := c.Session().Request(ctx, e)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.mirror.Observe(answer, false)
	}
	return answer, err
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
	old := summarizable(c.Items(), keep)
	if len(old) == 0 {
		return nil
	}
	text, err := f(ctx, old)
	if err != nil {
		return err
	}
	if _, err := c.Insert(ctx, api.SystemText("The conversation so far: "+text), realtime.RootItem); err != nil {
		return err
	}
	for _, item := range old {
		if err := c.Delete(ctx, item.ID()); err != nil {
			return fmt.Errorf("agent: the summary is there, and item %s too: %w", item.ID(), err)
		}
	}
	return nil
}

// shorten summarizes a conversation that is long.
func (c *Conversation) shorten() {
	o := c.o.Summary
	c.mu.Lock()
	due := o != nil && o.Write != nil && !c.shortening && !c.finished && len(c.mirror.Items()) > o.Above
	c.shortening = c.shortening || due
	c.mu.Unlock()
	if !due {
		return
	}
	_, err := isolated(c.life, func() (string, error) { return "", c.Summarize(c.life, o.Keep, o.Write) })
	c.mu.Lock()
	c.shortening = false
	c.mu.Unlock()
	if err != nil && c.life.Err() == nil {
		c.log.Warn("agent conversation not summarized", "error", err)
		c.warn(err)
	}
}

// summarizable returns the items from the front that a summary may replace.
func summarizable(items []Item, keep int) []Item {
	end := max(len(items)-max(keep, 0), 0)
	open, last := map[string]bool{}, 0
	for i, item := range items[:end] {
		if item.Making {
			break
		}
		switch x := item.Item.(type) {
		case *api.FunctionCall:
			open[x.CallID] = true
		case *api.FunctionCallOutput:
			delete(open, x.CallID)
		default:
		}
		if len(open) == 0 {
			last = i + 1
		}
	}
	return items[:last]
}
