package usage

import (
	_ "embed"
	"encoding/json"
	"maps"
	"sync"
	"time"
)

// Prices is a price list. It must not be changed once a meter or an account has it.
type Prices struct {
	// Currency of all amounts, such as "USD".
	Currency string `json:"currency"`
	// Models by the name that the session has for them. A dated snapshot that is not
	// listed, such as "m-2026-01-31", has the price of "m".
	Models map[string]Price `json:"models"`
}

// Price is what one model costs, by kind of token or by time.
type Price struct {
	Text  Rate `json:"text,omitzero"`
	Audio Rate `json:"audio,omitzero"`
	Image Rate `json:"image,omitzero"`
	// Minute is the price of a minute of audio, for models that are charged by time.
	Minute Money `json:"minute,omitzero"`
	// Free is set for models that cost nothing, such as those on a server of one's own.
	// Without it, what has no price makes the bill an error.
	Free bool `json:"free,omitzero"`
	// Source is where the price was read, and Read the day.
	Source string `json:"source,omitzero"`
	Read   string `json:"read,omitzero"`
}

// Rate is the price of a million tokens of one kind. An amount of zero is no price.
type Rate struct {
	Input  Money `json:"input,omitzero"`
	Cached Money `json:"cached,omitzero"`
	Output Money `json:"output,omitzero"`
}

//go:embed prices.json
var published []byte

var publishedPrices = sync.OnceValue(func() *Prices {
	p := &Prices{}
	if json.Unmarshal(published, p) != nil {
		return &Prices{} // Never: the list is embedded, and held by a test.
	}
	return p
})

// Published returns the vendor's list prices as they were read on the day that each
// price names. The vendor changes them without notice: compare before you charge by
// them. The result is a copy, which may be changed before it is used.
func Published() *Prices {
	shared := publishedPrices()
	return &Prices{Currency: shared.Currency, Models: maps.Clone(shared.Models)}
}

// of returns the price of a model.
func (p *Prices) of(model string) (Price, bool) {
	price, ok := p.Models[model]
	if ok {
		return price, true
	}
	const date = len("-2006-01-02")
	base := len(model) - date
	if base <= 0 {
		return Price{}, false
	}
	if _, err := time.Parse("-2006-01-02", model[base:]); err != nil {
		return Price{}, false
	}
	price, ok = p.Models[model[:base]]
	return price, ok
}
