package mirror

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/voicelane/realtime-go/gen/api"
)

// accepted are the settings that were asked for and confirmed, merged, as an object of JSON:
// a session has them for its life, and maps would take ten times the memory. Nil is none.
type accepted []byte

// merge adds a session.update that the server has confirmed, the way the server does:
// absent keeps, null clears.
func (a *accepted) merge(update []byte) {
	var event struct {
		Session json.RawMessage `json:"session"`
	}
	if json.Unmarshal(update, &event) != nil || !bytes.HasPrefix(event.Session, []byte("{")) {
		return
	}
	if *a == nil {
		if len(bytes.Trim(event.Session, "{} \t\r\n")) > 0 {
			*a = accepted(event.Session)
		}
		return
	}
	whole := objectOf(*a)
	mergeSettings(whole, objectOf(event.Session))
	if text, err := json.Marshal(whole); err == nil {
		*a = text
	}
}

// settingsOf returns the settings in a session.update, or nil.
func settingsOf(update []byte) map[string]any {
	settings, _ := objectOf(update)["session"].(map[string]any)
	return settings
}

// objectOf decodes an object, keeping its numbers as they are written; nil for other JSON.
func objectOf(text []byte) map[string]any {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&object) != nil {
		return nil
	}
	return object
}

func mergeSettings(dst, change map[string]any) {
	for name, v := range change {
		now, isObject := dst[name].(map[string]any)
		next, nextIsObject := v.(map[string]any)
		if isObject && nextIsObject && sameVariant(now, next) {
			mergeSettings(now, next)
			continue
		}
		dst[name] = v
	}
}

// sameVariant reports whether two objects may be merged: a turn detection of
// one type must not inherit the members of another.
func sameVariant(now, next map[string]any) bool {
	t, ok := next["type"]
	return !ok || now["type"] == t
}

// reflects reports whether a session has the settings of a session.update.
func reflects(session api.Session, update []byte) bool {
	text, err := json.Marshal(session)
	if err != nil {
		return false
	}
	whole := objectOf(text)
	return whole != nil && holds(whole, settingsOf(update))
}

// holds reports whether an object has all members of another. Null is as good as
// absent.
func holds(whole, part map[string]any) bool {
	for name, want := range part {
		have := whole[name]
		inner, isObject := want.(map[string]any)
		outer, haveObject := have.(map[string]any)
		switch {
		case isObject && haveObject && holds(outer, inner):
		case !isObject && reflect.DeepEqual(want, have):
		default:
			return false
		}
	}
	return true
}
