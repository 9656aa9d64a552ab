package mirror

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// View is one item as a reader of the conversation sees it.
type View struct {
	Item   api.Item
	Making bool          // the server has begun it and not ended it
	Heard  time.Duration // where its audio was truncated, 0 if it was not
}

// Items returns the items in the order of the conversation. They must not be changed.
func (m *Mirror) Items() []View {
	views := make([]View, len(m.items))
	for i, p := range m.items {
		views[i] = View{Item: p.item, Making: p.making, Heard: p.heard}
	}
	return views
}
