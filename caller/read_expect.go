package caller

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/strict"
	"github.com/voicelane/realtime-go/caller/internal/words"
	"github.com/voicelane/realtime-go/usage"
)

// expectation is how a file has an expectation: a form that errors show, and its reader.
type expectation struct {
	form string
	read func(*strict.Node) (Expectation, error)
}

// expectations are the forms of expectations by name. The value that is read is empty where
// the file has the name alone.
func expectations() map[string]expectation {
	known := map[string]expectation{
		"calls": {"calls: TOOL` or `calls: { tool: TOOL, with: { MEMBER: VALUE }, times: 1 }", readCalls},
		"hears": {"hears: WORDS", readHears},
		"word_errors": {"word_errors: 5%", func(n *strict.Node) (Expectation, error) {
			var f float64
			err := strict.Share(&f)(n)
			return WordErrors(f), err
		}},
		"items_lost": {"items_lost: { at_most: 1 }", readItemsLost},
	}
	for _, e := range []Expectation{NoDoubledTool{}, NoError{}} {
		known[e.String()] = expectation{e.String(), alone(e)}
	}
	for name, of := range map[string]func(time.Duration) Expectation{
		"reply_within":          func(d time.Duration) Expectation { return ReplyWithin(d) },
		"silent_within":         func(d time.Duration) Expectation { return SilentWithin(d) },
		"silence_at_most":       func(d time.Duration) Expectation { return SilenceAtMost(d) },
		"resumes_within":        func(d time.Duration) Expectation { return ResumesWithin(d) },
		"reconnected_within":    func(d time.Duration) Expectation { return ReconnectedWithin(d) },
		"believed_equals_heard": func(d time.Duration) Expectation { return BelievedEqualsHeard(d) },
		"no_overlap":            func(d time.Duration) Expectation { return NoOverlap(d) },
	} {
		known[name] = expectation{name + ": 400ms", bounded(of)}
	}
	return known
}

// readExpectations returns the reader of a list of expectations.
func readExpectations(to *[]Expectation) func(*strict.Node) error {
	known := expectations()
	return func(n *strict.Node) error {
		return strict.List(n, "expectations", func(n *strict.Node) error {
			name, value, err := strict.Single(n, "an expectation")
			if err != nil {
				return err
			}
			x, ok := known[name]
			if !ok {
				return strict.Errorf(n, "there is no expectation %q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			}
			if value == nil {
				value = &strict.Node{Kind: n.Kind, Tag: "!!null", Line: n.Line, Column: n.Column}
			}
			e, err := x.read(value)
			*to = append(*to, e)
			return corrected(err, x.form)
		})
	}
}

func bounded(f func(time.Duration) Expectation) func(*strict.Node) (Expectation, error) {
	return func(n *strict.Node) (Expectation, error) {
		var d time.Duration
		err := strict.Duration(&d)(n)
		return f(d), err
	}
}

func alone(e Expectation) func(*strict.Node) (Expectation, error) {
	return func(n *strict.Node) (Expectation, error) {
		if !strict.Empty(n) {
			return nil, strict.Errorf(n, "%s takes no value", e)
		}
		return e, nil
	}
}

func readCalls(n *strict.Node) (Expectation, error) {
	var c Calls
	if len(strict.Keys(n)) == 0 {
		err := strict.Text(&c.Tool)(n)
		return c, err
	}
	times := 0
	err := strict.Mapping(n, "calls", strict.Fields{
		"tool":  strict.Text(&c.Tool),
		"times": func(n *strict.Node) error { c.Times = &times; return strict.Count(&times)(n) },
		"with": func(n *strict.Node) error {
			data, err := strict.JSON(n)
			if err != nil {
				return err
			}
			if err := json.Unmarshal(data, &c.With); err != nil {
				return strict.Errorf(n, "with is a mapping: the members that the arguments have")
			}
			return nil
		},
	})
	if err == nil && c.Tool == "" {
		err = strict.Errorf(n, "calls needs a tool")
	}
	return c, err
}

// allowance is the share of words that may differ, behind the words.
var allowance = regexp.MustCompile(`^(.*?)\s+~\s*([0-9.]+%?)$`)

func readHears(n *strict.Node) (Expectation, error) {
	var h Hears
	if err := strict.Text(&h.Words)(n); err != nil {
		return nil, err
	}
	if m := allowance.FindStringSubmatch(h.Words); m != nil {
		share := *n
		h.Words, share.Value = m[1], m[2]
		if err := strict.Share(&h.WordErrors)(&share); err != nil {
			return nil, err
		}
	}
	if len(words.Of(h.Words)) == 0 {
		return nil, strict.Errorf(n, "hears needs words, this is %q", h.Words)
	}
	return h, nil
}

func readItemsLost(n *strict.Node) (Expectation, error) {
	most := -1
	err := strict.Mapping(n, "items_lost", strict.Fields{"at_most": strict.Count(&most)})
	if err == nil && most < 0 {
		err = strict.Errorf(n, "items_lost needs at_most")
	}
	return ItemsLost(most), err
}

// limited are the latencies by their name in limits.
var limited = map[string]Latency{
	"reply": ReplyHeard, "made": ReplyMade, "stop": StopAfterVoice, "tool": ToolTook,
	"reconnect": Reconnect, "silence": LongestSilence,
}

func (l *Limits) read(n *strict.Node) error {
	fields := strict.Fields{
		"cost": func(n *strict.Node) error {
			m, err := usage.ParseMoney(n.Value)
			if err != nil || m <= 0 {
				return strict.Errorf(n, `an amount such as 0.12 is expected, this is %q`, n.Value)
			}
			l.Cost = m
			return nil
		},
		"word_errors": func(n *strict.Node) error { l.WordErrors = new(float64); return strict.Share(l.WordErrors)(n) },
	}
	for _, name := range slices.Sorted(maps.Keys(limited)) {
		for _, q := range []int{50, 90, 95, 99, 100} {
			limit := LatencyLimit{Latency: limited[name], Quantile: float64(q) / 100}
			fields[limit.name()] = func(n *strict.Node) error {
				if err := strict.Duration(&limit.AtMost)(n); err != nil {
					return err
				}
				l.Latencies = append(l.Latencies, limit)
				return nil
			}
		}
	}
	return strict.Mapping(n, "limits", fields)
}

// name returns the name of the limit in files.
func (l LatencyLimit) name() string {
	quantile := "max"
	if l.Quantile < 1 {
		quantile = "p" + strconv.Itoa(int(l.Quantile*100+0.5))
	}
	for name, latency := range limited {
		if latency == l.Latency {
			return name + "_" + quantile
		}
	}
	return quantile
}

// String returns the limit as a file has it.
func (l LatencyLimit) String() string { return fmt.Sprintf("%s: %s", l.name(), l.AtMost) }
