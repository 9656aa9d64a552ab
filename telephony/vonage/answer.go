package vonage

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
)

// The names of headers that are the handler's own begin with ownPrefix.
const (
	ownPrefix   = "rt-"
	tokenHeader = ownPrefix + "token"
	callHeader  = ownPrefix + "call"
	fromHeader  = ownPrefix + "from"
	toHeader    = ownPrefix + "to"
)

// headersMost bounds the headers of an endpoint, as JSON.
const headersMost = 512

// action is an action of an NCCO.
type action struct {
	Action   string     `json:"action"`
	From     string     `json:"from,omitempty"`
	Endpoint []endpoint `json:"endpoint"`
}

type endpoint struct {
	Type          string            `json:"type"`
	URI           string            `json:"uri,omitempty"`
	ContentType   string            `json:"content-type,omitempty"`
	Headers       map[string]string `json:"headers,omitempty"`
	Authorization *authorization    `json:"authorization,omitempty"`
	Number        string            `json:"number,omitempty"`
}

type authorization struct {
	Type string `json:"type"`
}

// dial connects a call with a number.
func dial(to string) []action {
	return []action{{Action: "connect", Endpoint: []endpoint{{Type: "phone", Number: strings.TrimPrefix(to, "+")}}}}
}

// connect connects a call with a WebSocket.
func connect(address string, rate int, headers map[string]string) []action {
	return []action{{Action: "connect", From: headers[toHeader], Endpoint: []endpoint{{
		Type: "websocket", URI: address, ContentType: contentType(rate), Headers: headers, Authorization: &authorization{"vonage"},
	}}}}
}

func contentType(rate int) string { return fmt.Sprintf("audio/l16;rate=%d", rate) }

// headers returns the program's parameters and the handler's own.
func headers(given map[string]string, call, from, to, token string) (map[string]string, error) {
	all := maps.Clone(given)
	if all == nil {
		all = map[string]string{}
	}
	for name := range given {
		if strings.HasPrefix(name, ownPrefix) || name == "event" || name == "content-type" {
			return nil, errors.New("telephony: the name of a parameter is event, content-type, or begins with rt-")
		}
	}
	all[callHeader], all[fromHeader], all[toHeader], all[tokenHeader] = call, from, to, token
	if text, err := json.Marshal(all); err != nil || len(text) > headersMost {
		return nil, errors.New("telephony: the parameters are longer than the carrier takes: 512 bytes with those of the handler")
	}
	return all, nil
}
