package protocol

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/voicelane/realtime-go/gen/api"
)

// Offer reads the parts of the form that creates a call: sdp and, if present, session.
func (c Checker) Offer(form *multipart.Reader) (config *api.RealtimeSessionConfig, sdp string, f *Failure) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return config, sdp, nil
		}
		if err != nil {
			return nil, "", Fail(http.StatusBadRequest, "invalid_form", "", "the form cannot be read")
		}
		data, err := io.ReadAll(part)
		name := part.FormName()
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch {
		case err != nil:
			return nil, "", Fail(http.StatusBadRequest, "invalid_form", name, "the form cannot be read")
		case part.FileName() != "":
			return nil, "", Fail(http.StatusBadRequest, CodeInvalidType, name, name+" must not be a file")
		case name == "sdp" && kind == "application/sdp":
			sdp = string(data)
		case name == "session" && kind == "application/json":
			config = &api.RealtimeSessionConfig{}
			if err := c.Body(data, "session", config); err != nil {
				return nil, "", BadRequest(err)
			}
		case name == "sdp", name == "session":
			return nil, "", Fail(http.StatusBadRequest, CodeInvalidType, name, name+" has the wrong content type")
		default:
			return nil, "", Fail(http.StatusBadRequest, CodeUnknownParameter, name, "there is no parameter "+name)
		}
	}
}
