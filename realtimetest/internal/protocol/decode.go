package protocol

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
)

// Decoded is the result of decoding one frame. Err is nil if Event is valid;
// otherwise Type and ID are set as far as the frame has them.
type Decoded[E any] struct {
	Event    E
	Type, ID string
	Err      *api.Error
}

// Checker decodes what a client sends and checks it.
type Checker struct {
	// AllowUnknown accepts members, variants of unions and events that the API does not
	// know.
	AllowUnknown bool
}

// Decode decodes a frame of the realtime protocol.
func (c Checker) Decode(data []byte) Decoded[api.ClientEvent] {
	e, err := api.DecodeClientEvent(data)
	if err != nil {
		return undecodable[api.ClientEvent](data, err)
	}
	d := Decoded[api.ClientEvent]{Event: e, Type: e.EventType(), ID: api.ClientEventID(e)}
	if _, ok := e.(*api.UnknownClientEvent); ok {
		d.Err = c.noEvent(d.Type)
		return d
	}
	// Most events append audio. Without Extra their shape needs no reflection.
	if audio, ok := e.(*api.InputAudioBufferAppend); !ok || audio.Extra.Len() > 0 {
		d.Err = c.shape(reflect.ValueOf(e), "")
	}
	if d.Err == nil {
		d.Err = Bounds(e)
	}
	return d
}

// DecodeTranslation decodes a frame of the translation protocol.
func (c Checker) DecodeTranslation(data []byte) Decoded[api.TranslationClientEvent] {
	e, err := api.DecodeTranslationClientEvent(data)
	if err != nil {
		return undecodable[api.TranslationClientEvent](data, err)
	}
	d := Decoded[api.TranslationClientEvent]{Event: e, Type: e.EventType(), ID: api.TranslationClientEventID(e)}
	if _, ok := e.(*api.UnknownTranslationClientEvent); ok {
		d.Err = c.noEvent(d.Type)
		return d
	}
	if d.Err = c.shape(reflect.ValueOf(e), ""); d.Err == nil {
		d.Err = Bounds(e)
	}
	return d
}

func undecodable[E any](data []byte, err error) Decoded[E] {
	var head struct {
		EventID string `json:"event_id"`
	}
	if json.Unmarshal(data, &head) == nil {
		return Decoded[E]{ID: head.EventID, Err: Error(CodeMissing, "type", "the event has no type")}
	}
	return Decoded[E]{ID: head.EventID, Err: Error("invalid_json", "", "the frame is not a JSON object: "+err.Error())}
}

func (c Checker) noEvent(wireName string) *api.Error {
	if c.AllowUnknown {
		return nil
	}
	return Error(CodeInvalidValue, "type", "there is no client event "+strconv.Quote(wireName))
}

// Value is a value of the API that can be decoded and validated.
type Value interface {
	json.Unmarshaler
	Validate() error
}

// Body decodes a JSON object into v as strictly as an event. path is the path of
// v in the request, empty for the whole body.
func (c Checker) Body(data []byte, path string, v Value) *api.Error {
	if v.UnmarshalJSON(data) != nil {
		return Error("invalid_json", path, "the body is not a JSON object")
	}
	if err := c.shape(reflect.ValueOf(v), path); err != nil {
		return err
	}
	return Bounds(v)
}

// Bounds returns an error if v is outside of the bounds in the specification.
func Bounds(v interface{ Validate() error }) *api.Error {
	err := v.Validate()
	if err == nil {
		return nil
	}
	invalid, ok := errors.AsType[*api.ValidationError](err)
	if !ok {
		return Error(CodeInvalidValue, "", err.Error())
	}
	code := CodeInvalidValue
	if strings.HasSuffix(invalid.Reason, "is required") {
		code = CodeMissing
	}
	return Error(code, invalid.Path, invalid.Error())
}
