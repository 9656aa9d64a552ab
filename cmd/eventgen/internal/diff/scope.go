package diff

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// scope is what is compared of two documents.
type scope struct {
	unions    []unionPair
	overrides *Overrides
	foreign   bool // the documents are not two versions of one text
	inverted  bool // the upstream document is the old one
	notes     []string
}

// unionPair is an event union by its name in each document.
type unionPair struct {
	prefix   string
	old, new string // empty where the document has none
	goes     direction
}

// pair finds the event unions of both documents. A document that marks its
// unions says by x-upstream what they are called in the other.
func pair(before, after *Document, opts Options) (*scope, error) {
	s := &scope{overrides: opts.Overrides}
	names := slices.Concat(before.unions, after.unions)
	switch {
	case len(opts.Unions) > 0:
		names = opts.Unions
	case len(names) == 0:
		names = slices.Concat(before.guessUnions(), after.guessUnions())
	default:
		s.foreign = (before.unions == nil) != (after.unions == nil)
		s.inverted = before.unions == nil
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			continue
		}
		p := unionPair{prefix: prefix(name), old: before.counterpart(after, name), new: after.counterpart(before, name)}
		if p.old == "" && p.new == "" {
			return nil, fmt.Errorf("neither document has a component %s", name)
		}
		seen[p.old], seen[p.new] = true, true
		if p.goes = before.direction(p.old); p.old == "" || s.inverted {
			p.goes = after.direction(p.new)
		}
		if isWebhook(name) && (p.old == "" || p.new == "") {
			continue // A webhook is found under webhooks too.
		}
		s.unions = append(s.unions, p)
	}
	if len(s.unions) == 0 && opts.Overrides == nil {
		s.notes = append(s.notes, "no event unions: name them by x-event-union or -unions")
	}
	return s, nil
}

func isWebhook(union string) bool { return strings.Contains(union, "Webhook") }

// prefix is the word before an event's name in a root: the union's name without
// "Event", in words.
func prefix(union string) string {
	union = strings.TrimSuffix(strings.TrimSuffix(union, "s"), "Event")
	var b strings.Builder
	for i, r := range union {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

func (s *scope) collect(d *Document) (wirepaths.Set, error) {
	var w wirepaths.Scope
	for _, u := range s.unions {
		name := u.old
		if name == "" || !d.Has(name) {
			name = u.new
		}
		if d.Has(name) {
			w.Unions = append(w.Unions, wirepaths.Union{Prefix: u.prefix, Component: name})
		}
	}
	w.WebhookTypes, w.LoneArms = true, true
	if s.overrides != nil {
		w.Path = s.overrides.inPaths
		w.Webhook = s.overrides.inWebhooks
	}
	// An import compares with the same document over and over.
	key := collected{fmt.Sprint(w.Unions), s.overrides}
	if d.sets[key] != nil {
		return d.sets[key], nil
	}
	set, err := wirepaths.Collect(d.wire, w)
	d.sets[key] = set
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	if len(set) == 0 {
		return nil, errors.New(d.Name + ": nothing to compare: no event unions, operations or webhooks")
	}
	return set, nil
}

// goes says which way a root's messages go.
func (s *scope) goes(root string) direction {
	for _, u := range s.unions {
		if strings.HasPrefix(root, u.prefix+" ") && !strings.Contains(strings.TrimPrefix(root, u.prefix+" "), " ") {
			return u.goes
		}
	}
	if strings.HasPrefix(root, "webhook ") {
		return received
	}
	words := strings.Fields(root) // An operation: method, path, request or status, media type.
	if len(words) > 2 && words[2] != "request" {
		return received
	}
	return sent
}

// what names the sort of thing that a root is.
func (s *scope) what(root string) string {
	for _, u := range s.unions {
		if strings.HasPrefix(root, u.prefix+" ") && !strings.Contains(strings.TrimPrefix(root, u.prefix+" "), " ") {
			return "event"
		}
	}
	switch words := strings.Fields(root); {
	case words[0] == "webhook":
		return "webhook"
	case len(words) == 2:
		return "operation"
	}
	return "body"
}

// Options say what to compare.
type Options struct {
	// Overrides tell where the documents differ on purpose, and limit the comparison
	// to a part of them. Nil compares everything.
	Overrides *Overrides
	// Unions name the components that are event unions, where neither document marks
	// them with x-event-union.
	Unions []string
	// NoNames leaves out the Go identifiers.
	NoNames bool
}
