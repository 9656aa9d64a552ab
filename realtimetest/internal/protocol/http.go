package protocol

import (
	"encoding/json"
	"net/http"

	"github.com/voicelane/realtime-go/gen/api"
)

// Failure is the response to a REST request that cannot be served.
type Failure struct {
	Status int
	Err    *api.Error
}

// Fail returns a failure with an error about the request.
func Fail(status int, code, param, message string) *Failure {
	return &Failure{Status: status, Err: Error(code, param, message)}
}

// BadRequest returns the failure with status 400 for an error.
func BadRequest(err *api.Error) *Failure { return &Failure{Status: http.StatusBadRequest, Err: err} }

// CallNotFound returns the failure for an unknown call id.
func CallNotFound() *Failure {
	return Fail(http.StatusNotFound, "call_id_not_found", "call_id", "there is no call with this id")
}

// Write writes the failure as a JSON response.
func (f *Failure) Write(w http.ResponseWriter) {
	body, err := json.Marshal(api.ErrorResponse{Error: api.RequestError{
		Type: f.Err.Type, Code: f.Err.Code, Param: f.Err.Param, Message: f.Err.Message,
	}})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	WriteJSON(w, f.Status, body)
}

// WriteJSON writes a JSON response.
func WriteJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // A failed write means that the client has gone.
}
