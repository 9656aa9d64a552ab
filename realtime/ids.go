package realtime

import (
	"crypto/rand"
	"fmt"
	"reflect"
	"strconv"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/wire"
)

// idSource makes ids that no other session makes.
type idSource struct {
	prefix string
	n      atomic.Uint64
}

func (s *idSource) init() { s.prefix = "evt_" + rand.Text()[:10] + "_" }

// append appends the next id to dst.
func (s *idSource) append(dst []byte) []byte {
	dst = append(dst, s.prefix...)
	return strconv.AppendUint(dst, s.n.Add(1), 36)
}

func (s *idSource) next() string { return string(s.append(nil)) }

// outgoing is what the event unions of both protocols have in common.
type outgoing interface {
	EventType() string
	AppendJSON(dst []byte) ([]byte, error)
	Validate() error
}

// encode writes an event into buf, with an id in front when it has none. The
// id comes back as a string only when somebody wants it.
func (s *idSource) encode(buf *[]byte, e outgoing, wantID bool) (id string, err error) {
	id, has := clientEventID(e)
	dst := *buf
	mark := 0
	if !has {
		dst = append(dst, `{"event_id":"`...)
		start := len(dst)
		dst = s.append(dst)
		if wantID {
			id = string(dst[start:])
		}
		dst = append(dst, '"')
		mark = len(dst)
	}
	dst, err = e.AppendJSON(dst)
	if err != nil {
		return "", fmt.Errorf("realtime: %s: %w", e.EventType(), err)
	}
	if !has {
		// The event's own opening brace becomes the comma after the id.
		dst[mark] = ','
	}
	*buf = dst
	return id, nil
}

// validated is Validate with the event's name on its error.
func validated(e outgoing) error {
	if err := e.Validate(); err != nil {
		return fmt.Errorf("realtime: %s: %w", e.EventType(), err)
	}
	return nil
}

// isNil reports an event that is no event, typed or not.
func isNil(e any) bool {
	if e == nil {
		return true
	}
	v := reflect.ValueOf(e)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// clientEventID returns the id that the caller gave the event.
func clientEventID(e outgoing) (string, bool) {
	switch e := e.(type) {
	case *api.ConversationItemCreate:
		return given(e.EventID, e.Extra)
	case *api.ConversationItemDelete:
		return given(e.EventID, e.Extra)
	case *api.ConversationItemRetrieve:
		return given(e.EventID, e.Extra)
	case *api.ConversationItemTruncate:
		return given(e.EventID, e.Extra)
	case *api.InputAudioBufferAppend:
		return given(e.EventID, e.Extra)
	case *api.InputAudioBufferClear:
		return given(e.EventID, e.Extra)
	case *api.InputAudioBufferCommit:
		return given(e.EventID, e.Extra)
	case *api.OutputAudioBufferClear:
		return given(e.EventID, e.Extra)
	case *api.ResponseCancel:
		return given(e.EventID, e.Extra)
	case *api.ResponseCreate:
		return given(e.EventID, e.Extra)
	case *api.SessionUpdate:
		return given(e.EventID, e.Extra)
	case *api.UnknownClientEvent:
		return rawID(e.Raw)
	case *api.TranslationSessionUpdate:
		return given(e.EventID, e.Extra)
	case *api.TranslationInputAudioBufferAppend:
		return given(e.EventID, e.Extra)
	case *api.TranslationSessionClose:
		return given(e.EventID, e.Extra)
	case *api.UnknownTranslationClientEvent:
		return rawID(e.Raw)
	default:
		return "", true // never rewrite what we do not know
	}
}

// given finds the id in its field, or among the members that did not fit.
func given(id *string, extra api.Extra) (string, bool) {
	if extra.Len() > 0 {
		if _, ok := extra.Get("event_id"); ok {
			return "", true
		}
	}
	if id == nil {
		return "", false
	}
	return *id, true
}

func rawID(raw []byte) (string, bool) {
	d := wire.NewDecoder(raw)
	if id := d.Peek("event_id"); id != nil {
		return string(id), true
	}
	return "", false
}

// itemID returns the id of an item, or "".
func itemID(item api.Item) string {
	switch x := item.(type) {
	case *api.SystemMessage:
		return deref(x.ID)
	case *api.UserMessage:
		return deref(x.ID)
	case *api.AssistantMessage:
		return deref(x.ID)
	case *api.FunctionCall:
		return deref(x.ID)
	case *api.FunctionCallOutput:
		return deref(x.ID)
	case *api.MCPApprovalResponse:
		return deref(x.ID)
	case *api.MCPListTools:
		return deref(x.ID)
	case *api.MCPCall:
		return x.ID
	case *api.MCPApprovalRequest:
		return x.ID
	case *api.UnknownItem:
		d := wire.NewDecoder(x.Raw)
		return string(d.Peek("id"))
	default:
		return ""
	}
}

// withItemID returns a copy of the item under an id, when it has none and can
// be given one.
func withItemID(item api.Item, id string) api.Item {
	switch x := item.(type) {
	case *api.SystemMessage:
		c := *x
		c.ID = &id
		return &c
	case *api.UserMessage:
		c := *x
		c.ID = &id
		return &c
	case *api.AssistantMessage:
		c := *x
		c.ID = &id
		return &c
	case *api.FunctionCall:
		c := *x
		c.ID = &id
		return &c
	case *api.FunctionCallOutput:
		c := *x
		c.ID = &id
		return &c
	case *api.MCPApprovalResponse:
		c := *x
		c.ID = &id
		return &c
	default:
		return item
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// item returns an id for a conversation item, which may have 32 characters.
func (s *idSource) item() string { return "item_" + rand.Text()[:20] }

// newFrame describes an encoded event to the send queue.
func newFrame(buf *[]byte, e api.ClientEvent) link.Frame {
	f := link.Frame{Buf: buf, Kind: e.EventType()}
	switch x := e.(type) {
	case *api.InputAudioBufferAppend:
		f.Weight = len(x.Audio)
	case *api.ConversationItemCreate:
		if out, ok := x.Item.(*api.FunctionCallOutput); ok && out != nil {
			f.Key = out.CallID
		}
	default:
	}
	return f
}
