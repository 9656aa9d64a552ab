// Package protocol checks what a client sends: it decodes events strictly, as the
// service does, and makes the errors of the protocol.
//
// [Decode] and [DecodeTranslation] read one event, [Body] reads a JSON body, and
// [Error] makes an error.
package protocol

import (
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
)

// Codes of errors about the content of a request.
const (
	CodeUnknownParameter = "unknown_parameter"
	CodeMissing          = "missing_required_parameter"
	CodeInvalidType      = "invalid_type"
	CodeInvalidValue     = "invalid_value"
	// CodeNotSimulated is for what the API offers and the test server does not
	// simulate.
	CodeNotSimulated = "not_simulated"
)

// InvalidRequest is the type of errors about the client's request.
const InvalidRequest = "invalid_request_error"

// Error returns an error about the client's request. An empty param is null on
// the wire.
func Error(code, param, message string) *api.Error {
	e := &api.Error{
		Type: InvalidRequest, Code: api.Value(code), Message: message,
		Param: api.NullOf[string](), EventID: api.NullOf[string](),
	}
	if param != "" {
		e.Param = api.Value(param)
	}
	return e
}

// maxItemID is the maximum length of an item id.
const maxItemID = 32

// ItemID returns an error unless id matches ^[a-zA-Z0-9_-]{1,32}$.
func ItemID(id, param string) *api.Error {
	if len(id) > maxItemID {
		return Error(CodeInvalidValue, param, fmt.Sprintf("%s has %d characters; the maximum is %d", param, len(id), maxItemID))
	}
	for _, r := range id {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '-':
		default:
			return Error(CodeInvalidValue, param, param+" may contain letters, digits, underscores and hyphens only")
		}
	}
	return nil
}

// ErrorCode returns the code of e, empty if it has none.
func ErrorCode(e *api.Error) string {
	code, _ := e.Code.Get()
	return code
}
