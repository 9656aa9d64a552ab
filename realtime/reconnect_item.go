package realtime

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/mirror"
)

// Item is an item of a conversation.
type Item struct {
	// Item is the item without audio. Its value is shared: do not change it.
	Item  api.Item
	State ItemState
	// Heard is what a listener has heard of an answer whose audio was truncated; nil for
	// others.
	Heard *Heard
}

// Heard is what remains of truncated audio: its length, and the words up to there, to the
// last whole one. The place in the words is estimated from the length of the sound that
// arrived. Where none arrived, as beside a call, no words are known.
type Heard struct {
	Audio time.Duration
	Text  string
}

// ItemState is what is known of an item.
type ItemState string

// The states of an item. ItemDropped is an item that the server holds and that there was
// no more room for here.
const (
	ItemAsked    ItemState = "asked"    // its creation was sent and has no answer yet
	ItemMaking   ItemState = "making"   // the server is making it
	ItemComplete ItemState = "complete" // the server holds it
	ItemDeleted  ItemState = "deleted"  // the server does not hold it, or refused it
	ItemDropped  ItemState = "dropped"
)

var itemStates = map[mirror.State]ItemState{
	mirror.Asked: ItemAsked, mirror.Making: ItemMaking, mirror.Complete: ItemComplete,
	mirror.Deleted: ItemDeleted, mirror.Dropped: ItemDropped,
}

func itemOf(v mirror.View) Item {
	i := Item{Item: v.Item, State: itemStates[v.State]}
	if v.Heard != nil {
		i.Heard = new(Heard(*v.Heard))
	}
	return i
}

func itemsOf(views []mirror.View) []Item {
	items := make([]Item, len(views))
	for i, v := range views {
		items[i] = itemOf(v)
	}
	return items
}

// ID returns the item's id.
func (i Item) ID() string { return api.ItemID(i.Item) }

// Text returns the words of a message, written or spoken, of an answer that was cut those
// that were heard; "" for items of other kinds.
func (i Item) Text() string {
	if i.Heard != nil {
		return i.Heard.Text
	}
	return mirror.TextOf(i.Item)
}
