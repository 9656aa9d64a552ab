package mirror

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/voicelane/realtime-go/gen/api"
)

// accepted are the settings that were asked for and confirmed, merged. Nil is none.
type accepted map[string]any

// merge adds a session.update that the server has confirmed, the way the server does:
// absent keeps, null clears.
func (a *accepted) merge(update []byte) {
	change := settingsOf(update)
	if change == nil {
		return
	}
	if *a == nil {
		*a = accepted{}
	}
	mergeSettings(*a, change)
}

// settingsOf returns the settings in a session.update, or nil.
func settingsOf(update []byte) map[string]any {
	var event struct {
		Session map[string]any `json:"session"`
	}
	d := json.NewDecoder(bytes.NewReader(update))
	d.UseNumber()
	if d.Decode(&event) != nil {
		return nil
	}
	return event.Session
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
	var whole map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(&whole) == nil && holds(whole, settingsOf(update))
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
