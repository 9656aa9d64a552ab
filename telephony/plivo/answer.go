package plivo

import (
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/audio"
)

// response is the document that answers a webhook.
type response struct {
	XMLName xml.Name `xml:"Response"`
	Hangup  *hangup  `xml:"Hangup"`
	Stream  *stream  `xml:"Stream"`
	Number  *string  `xml:"Dial>Number"`
}

type hangup struct {
	Reason string `xml:"reason,attr"`
}

type stream struct {
	Bidirectional bool   `xml:"bidirectional,attr"`
	KeepAlive     bool   `xml:"keepCallAlive,attr"`
	ContentType   string `xml:"contentType,attr"`
	Headers       string `xml:"extraHeaders,attr,omitempty"`
	URL           string `xml:",chardata"`
}

// maxHeaders bounds the parameters of a stream.
const maxHeaders = 511

// headers returns parameters as the carrier takes them.
func headers(given map[string]string) (string, error) {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !plain(name) || !plain(given[name]) {
			return "", errors.New("telephony: Plivo takes parameters of letters and digits alone")
		}
		list = append(list, name+"="+given[name])
	}
	text := strings.Join(list, ",")
	if len(text) > maxHeaders {
		return "", errors.New("telephony: the parameters are longer than 511 bytes")
	}
	return text, nil
}

func plain(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return s != ""
}

// start returns the document that starts a stream.
func start(f audio.Format, address, headers string) *response {
	return &response{Stream: &stream{
		Bidirectional: true, KeepAlive: true, ContentType: fmt.Sprintf("%s;rate=%d", contentTypes[f], f.Rate()), Headers: headers, URL: address,
	}}
}
