package usage

import (
	"cmp"
	"errors"
	"slices"
)

// Entry is one response, or the transcript of one item.
type Entry struct {
	// ID is the id of the response, or of the item that was transcribed.
	ID string
	// Session is the id of the session, if the server has told it.
	Session string
	// Model is the name under which the price was looked up.
	Model string
	// Status is the response's status, such as "completed"; "" for a transcript.
	Status string
	// Count is what was used, and Cost what that costs. With an error, Cost is zero and
	// Count may be incomplete.
	Count Count
	Cost  Cost
	Err   error
}

// Transcript reports whether the entry is a transcript of input audio.
func (e Entry) Transcript() bool { return e.Status == "" }

// Bill is what was used so far, by model.
type Bill struct {
	Currency string
	// Lines are sorted by model.
	Lines []Line
}

// Line is the part of one model in a bill.
type Line struct {
	Model string
	// Responses and Transcripts are how many were counted, those with errors included.
	Responses, Transcripts int
	Count                  Count
	Cost                   Cost
	// Unpriced is how many of them have no cost because of an error, and Err the first
	// such error.
	Unpriced int
	Err      error
}

// Total returns the sum of all lines. If something could not be priced, the error joins
// what went wrong for each model, as [*PriceError] values, and the money is only the part
// that could.
func (b Bill) Total() (Money, error) {
	total, errs := Money(0), []error(nil)
	for _, l := range b.Lines {
		errs = append(errs, l.Err)
		m, err := l.Cost.Total()
		if err == nil {
			m, err = sum(total, m)
		}
		if err != nil {
			errs = append(errs, &PriceError{l.Model, err})
			continue
		}
		total = m
	}
	return total, errors.Join(errs...)
}

// Tokens returns the counts of all models together.
func (b Bill) Tokens() Count {
	var c Count
	for _, l := range b.Lines {
		c = c.add(l.Count)
	}
	return c
}

// ledger adds up entries by model.
type ledger struct{ lines map[string]*Line }

func (l *ledger) add(e Entry) {
	line := l.lines[e.Model]
	if line == nil {
		if l.lines == nil {
			l.lines = map[string]*Line{}
		}
		line = &Line{Model: e.Model}
		l.lines[e.Model] = line
	}
	if e.Transcript() {
		line.Transcripts++
	} else {
		line.Responses++
	}
	line.Count = line.Count.add(e.Count)
	err := e.Err
	if err == nil {
		var cost Cost
		if cost, err = line.Cost.add(e.Cost); err == nil {
			line.Cost = cost
			return
		}
		err = &PriceError{e.Model, err}
	}
	line.Unpriced++
	line.Err = cmp.Or(line.Err, err)
}

func (l *ledger) bill(currency string) Bill {
	b := Bill{Currency: currency}
	for _, line := range l.lines {
		b.Lines = append(b.Lines, *line)
	}
	slices.SortFunc(b.Lines, func(x, y Line) int { return cmp.Compare(x.Model, y.Model) })
	return b
}
