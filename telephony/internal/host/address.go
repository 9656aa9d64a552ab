package host

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/telephony"
)

// StreamURL returns the address of the stream of a call, whose query proves on the way back
// that the address was given for the call.
func (h *Host) StreamURL(stream *url.URL, in *telephony.Incoming) string {
	u := *stream
	u.RawQuery = url.Values{
		"call": {in.CallID}, "from": {in.From}, "to": {in.To}, "token": {h.Tickets.Issue(subject(in), time.Now())},
	}.Encode()
	return u.String()
}

// Stream returns the call whose stream a handshake opens, or nil if its address was not
// given by StreamURL.
func (h *Host) Stream(r *http.Request) *telephony.Incoming {
	if len(r.URL.RawQuery) > 1024 {
		return nil
	}
	q := r.URL.Query()
	in := &telephony.Incoming{Carrier: h.Carrier, CallID: q.Get("call"), From: q.Get("from"), To: q.Get("to")}
	if !h.Tickets.Check(q.Get("token"), subject(in), time.Now()) {
		return nil
	}
	return in
}

func subject(in *telephony.Incoming) string {
	return strings.Join([]string{in.CallID, in.From, in.To}, "|")
}
