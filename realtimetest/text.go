package realtimetest

import (
	"encoding/json"

	"github.com/voicelane/realtime-go/gen/api"
)

// quoted returns text as a JSON string.
func quoted(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return b
}

// nullable returns text as a member that is null if it is empty.
func nullable(text string) api.Nullable[string] {
	if text == "" {
		return api.NullOf[string]()
	}
	return api.Value(text)
}
