package telnyx

import (
	"encoding/xml"
	"maps"
	"slices"
)

// response is the document that answers a webhook.
type response struct {
	XMLName xml.Name `xml:"Response"`
	Reject  *reject  `xml:"Reject"`
	Stream  *stream  `xml:"Start>Stream"`
	Pause   *pause   `xml:"Pause"`
}

type reject struct {
	Reason string `xml:"reason,attr"`
}

type stream struct {
	URL        string      `xml:"url,attr"`
	Track      string      `xml:"track,attr"`
	Mode       string      `xml:"bidirectionalMode,attr"`
	Codec      Codec       `xml:"bidirectionalCodec,attr"`
	Rate       int         `xml:"bidirectionalSamplingRate,attr,omitempty"`
	Parameters []parameter `xml:"Parameter"`
}

type parameter struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// pause keeps the call up while the stream runs.
type pause struct {
	Length int `xml:"length,attr"`
}

// longest is the longest call, in seconds.
const longest = 4 * 60 * 60

// answer returns the document that starts a stream.
func (c Config) answer(address string, given map[string]string) *response {
	s := &stream{URL: address, Track: "inbound_track", Mode: "rtp", Codec: c.Codec}
	if c.Codec == L16 {
		s.Rate = c.SampleRate
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		s.Parameters = append(s.Parameters, parameter{name, given[name]})
	}
	return &response{Stream: s, Pause: &pause{longest}}
}
