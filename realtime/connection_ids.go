package realtime

import (
	"encoding/json"
	"reflect"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
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

// newFrame returns the frame of an encoded event. Its key is the function call that the
// event is an output of, or the request for an approval that it answers, and its weight the
// input audio that it carries.
func newFrame(buf *[]byte, e api.ClientEvent) link.Frame {
	f := link.Frame{Buf: buf, Kind: e.EventType()}
	switch x := e.(type) {
	case *api.InputAudioBufferAppend:
		f.Weight = len(x.Audio)
	case *api.ConversationItemCreate:
		switch item := x.Item.(type) {
		case *api.FunctionCallOutput:
			if item != nil {
				f.Key = item.CallID
			}
		case *api.MCPApprovalResponse:
			if item != nil {
				f.Key = item.ApprovalRequestID
			}
		default:
		}
	default:
	}
	return f
}

func jsonText(s string) ([]byte, error) { return json.Marshal(s) }
