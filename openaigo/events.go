package openaigo

import (
	"encoding/json"

	"github.com/openai/openai-go/v3/packages/param"
	vendor "github.com/openai/openai-go/v3/realtime"

	"github.com/voicelane/realtime-go/gen/api"
)

// ServerEvent returns a server event of this module as the vendor's. Its RawJSON has all
// members, those too that the vendor's type lacks.
func ServerEvent(e api.ServerEvent) (vendor.RealtimeServerEventUnion, error) {
	return decoded[vendor.RealtimeServerEventUnion](e)
}

// FromServerEvent returns a server event of the vendor's as one of this module. It reads
// RawJSON, so changes to the fields of a received event are not seen.
func FromServerEvent(e vendor.RealtimeServerEventUnion) (api.ServerEvent, error) {
	return api.DecodeServerEvent([]byte(e.RawJSON()))
}

// ClientEvent returns a client event of this module as the vendor's, for their Send. It is
// sent with all members that it has here, as it is: their fields stay empty.
func ClientEvent(e api.ClientEvent) (vendor.RealtimeClientEventUnionParam, error) {
	data, err := json.Marshal(e)
	return param.Override[vendor.RealtimeClientEventUnionParam](json.RawMessage(data)), err
}

// FromClientEvent returns a client event of the vendor's as one of this module.
func FromClientEvent(e vendor.RealtimeClientEventUnionParam) (api.ClientEvent, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return api.DecodeClientEvent(data)
}

// TranslationServerEvent is ServerEvent for translation sessions.
func TranslationServerEvent(e api.TranslationServerEvent) (vendor.RealtimeTranslationServerEventUnion, error) {
	return decoded[vendor.RealtimeTranslationServerEventUnion](e)
}

// FromTranslationServerEvent is FromServerEvent for translation sessions.
func FromTranslationServerEvent(e vendor.RealtimeTranslationServerEventUnion) (api.TranslationServerEvent, error) {
	return api.DecodeTranslationServerEvent([]byte(e.RawJSON()))
}

// TranslationClientEvent is ClientEvent for translation sessions.
func TranslationClientEvent(e api.TranslationClientEvent) (vendor.RealtimeTranslationClientEventUnionParam, error) {
	data, err := json.Marshal(e)
	return param.Override[vendor.RealtimeTranslationClientEventUnionParam](json.RawMessage(data)), err
}

// FromTranslationClientEvent is FromClientEvent for translation sessions.
func FromTranslationClientEvent(e vendor.RealtimeTranslationClientEventUnionParam) (api.TranslationClientEvent, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return api.DecodeTranslationClientEvent(data)
}

func decoded[T any](e any) (T, error) {
	var t T
	data, err := json.Marshal(e)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	return t, err
}
