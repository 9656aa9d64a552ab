package realtime

import (
	"encoding/json"
	"reflect"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
)

// isNil reports whether e is nil or a nil pointer.
func isNil(e any) bool {
	if e == nil {
		return true
	}
	v := reflect.ValueOf(e)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// newFrame returns the frame of an encoded event. Its key is the [mirror.AnswerKey] of the
// item that it creates, and its weight the input audio that it carries.
func newFrame(buf *[]byte, e api.ClientEvent) link.Frame {
	f := link.Frame{Buf: buf, Kind: e.EventType()}
	switch x := e.(type) {
	case *api.InputAudioBufferAppend:
		f.Weight = len(x.Audio)
	case *api.ConversationItemCreate:
		f.Key = mirror.AnswerKey(x.Item)
	default:
	}
	return f
}

func jsonText(s string) ([]byte, error) { return json.Marshal(s) }
