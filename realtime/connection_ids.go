package realtime

import (
	"crypto/rand"
	"fmt"
	"reflect"
	"strconv"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
)

// idSource makes ids that are unique among all sessions.
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

// outgoing is what the client events of all protocols have in common.
type outgoing interface {
	EventType() string
	AppendJSON(dst []byte) ([]byte, error)
	Validate() error
}

// encode appends an event to buf, with a new id in front when it has none. It returns
// the new id only if wantID is set, since the string takes memory.
func (s *idSource) encode(buf *[]byte, e outgoing, wantID bool) (id string, err error) {
	id, has := eventID(e)
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

// isNil reports whether e is nil or a nil pointer.
func isNil(e any) bool {
	if e == nil {
		return true
	}
	v := reflect.ValueOf(e)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// eventID returns the id that the caller gave the event, and whether there is one.
func eventID(e outgoing) (id string, has bool) {
	switch e := e.(type) {
	case api.ClientEvent:
		return api.ClientEventID(e), api.HasClientEventID(e)
	case api.TranslationClientEvent:
		return api.TranslationClientEventID(e), api.HasTranslationClientEventID(e)
	}
	return "", true // An unknown kind of event is not rewritten.
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// item returns an id for a conversation item, which may have 32 characters.
func (s *idSource) item() string { return "item_" + rand.Text()[:20] }

// newFrame returns the frame of an encoded event. Its key is the function call that
// the event is an output of, and its weight the input audio that it carries.
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
