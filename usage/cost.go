package usage

import (
	"errors"
	"fmt"
	"time"
)

// Amounts is money by kind of token.
type Amounts struct{ Text, Audio, Image Money }

// Cost is what a [Count] costs, in the same parts.
type Cost struct {
	// Input is the price of the input that did not come from the cache.
	Input Amounts
	// Cached is the price of the input that did.
	Cached Amounts
	// Output is the price of what the model produced.
	Output Amounts
	// Audio is the price of audio that is charged by time.
	Audio Money
}

// parts are all amounts of a cost.
func parts(c *Cost) [10]*Money {
	return [...]*Money{
		&c.Input.Text, &c.Input.Audio, &c.Input.Image,
		&c.Cached.Text, &c.Cached.Audio, &c.Cached.Image,
		&c.Output.Text, &c.Output.Audio, &c.Output.Image,
		&c.Audio,
	}
}

// Total returns the sum of the parts. The error is [ErrTooLarge].
func (c Cost) Total() (Money, error) {
	total := Money(0)
	for _, part := range parts(&c) {
		var err error
		if total, err = sum(total, *part); err != nil {
			return 0, err
		}
	}
	return total, nil
}

func (c Cost) add(d Cost) (Cost, error) {
	from := parts(&d)
	for i, part := range parts(&c) {
		var err error
		if *part, err = sum(*part, *from[i]); err != nil {
			return c, err
		}
	}
	_, err := c.Total()
	return c, err
}

// PriceError is returned when what a model used cannot be turned into money.
type PriceError struct {
	// Model is the name under which a price was looked for; empty if the model is
	// unknown.
	Model string
	// Err is the reason.
	Err error
}

// What a price list can lack.
var (
	// ErrCurrency is returned by an account whose price list is in another currency than
	// the list by which a session or an account below it is charged.
	ErrCurrency = errors.New("its price is in another currency than the account's: use price lists of one currency for an account and all below it")
	ErrNoModel  = errors.New("the session has not named its model: set Options.Model, or Options.Transcription")
	ErrNoPrice  = errors.New("the price list has no price for it: add one to Options.Prices")
)

func (e *PriceError) Error() string {
	if e.Model == "" {
		return "usage: a model without a name: " + e.Err.Error()
	}
	return fmt.Sprintf("usage: model %q: %v", e.Model, e.Err)
}

// Unwrap returns Err.
func (e *PriceError) Unwrap() error { return e.Err }

// Cost returns what a count costs on a model. The error is a [*PriceError], and never a
// smaller cost.
func (p *Prices) Cost(model string, c Count) (Cost, error) {
	if model == "" {
		return Cost{}, &PriceError{Err: ErrNoModel}
	}
	price, ok := p.of(model)
	if !ok {
		return Cost{}, &PriceError{model, ErrNoPrice}
	}
	if price.Free {
		return Cost{}, nil
	}
	var cost Cost
	type item struct {
		price Money
		n     int64
	}
	items := [...]item{
		{price.Text.Input, c.Input.Text - c.Cached.Text},
		{price.Audio.Input, c.Input.Audio - c.Cached.Audio},
		{price.Image.Input, c.Input.Image - c.Cached.Image},
		{price.Text.Cached, c.Cached.Text},
		{price.Audio.Cached, c.Cached.Audio},
		{price.Image.Cached, c.Cached.Image},
		{price.Text.Output, c.Output.Text},
		{price.Audio.Output, c.Output.Audio},
		{price.Image.Output, c.Output.Image},
		{price.Minute, int64(c.Audio)},
	}
	for i, part := range parts(&cost) {
		per := int64(1_000_000)
		if part == &cost.Audio {
			per = int64(time.Minute)
		}
		if items[i].n > 0 && items[i].price <= 0 {
			return Cost{}, &PriceError{model, ErrNoPrice}
		}
		var err error
		if *part, err = share(max(items[i].price, 0), items[i].n, per); err != nil {
			return Cost{}, &PriceError{model, err}
		}
	}
	if _, err := cost.Total(); err != nil {
		return Cost{}, &PriceError{model, err}
	}
	return cost, nil
}
