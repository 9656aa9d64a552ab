package twilio

import (
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The names of parameters that are the handler's own begin with ownPrefix.
const (
	ownPrefix      = "rt-"
	tokenParameter = ownPrefix + "token"
	fromParameter  = ownPrefix + "from"
	toParameter    = ownPrefix + "to"
)

// maxParameter bounds a parameter's name and value together.
const maxParameter = 499

// response is the document that answers a webhook.
type response struct {
	XMLName xml.Name `xml:"Response"`
	Reject  *reject  `xml:"Reject"`
	Stream  *stream  `xml:"Connect>Stream"`
	Dial    string   `xml:"Dial,omitempty"`
}

type reject struct {
	Reason string `xml:"reason,attr"`
}

type stream struct {
	URL        string      `xml:"url,attr"`
	Codec      string      `xml:"codec,attr,omitempty"`
	Bearer     string      `xml:"authBearerToken,attr,omitempty"`
	Parameters []parameter `xml:"Parameter"`
}

type parameter struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// parameters returns the program's parameters and the handler's own.
func parameters(given map[string]string, own ...parameter) ([]parameter, error) {
	list := own
	for _, name := range slices.Sorted(maps.Keys(given)) {
		switch {
		case name == "" || strings.HasPrefix(name, ownPrefix):
			return nil, fmt.Errorf("telephony: the name of a parameter is empty or begins with %q", ownPrefix)
		case len(name)+len(given[name]) > maxParameter:
			return nil, errors.New("telephony: a parameter is longer than 499 bytes")
		}
		list = append(list, parameter{name, given[name]})
	}
	return slices.DeleteFunc(list, func(p parameter) bool { return p.Value == "" }), nil
}
