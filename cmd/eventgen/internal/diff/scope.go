package diff

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// scope is the compared part of two documents.
type scope struct {
	unions    []unionPair
	overrides *Overrides
	paths     []string // Prefixes of the compared paths and webhooks; nil for all.
	webhooks  []string
	foreign   bool // One document is ours and the other upstream, not two versions of one.
	inverted  bool // The upstream document is the old one.
	notes     []string
}

// unionPair is an event union by its name in each document.
type unionPair struct {
	prefix   string
	old, new string // "" if the document has none.
	goes     direction
}

// pair returns the scope with the event unions of both documents. A union that is marked
// x-event-union has its names in the other document under x-upstream.
func pair(before, after *Document, opts Options) (*scope, error) {
	s := &scope{overrides: opts.Overrides, paths: opts.Paths, webhooks: opts.Webhooks}
	if opts.Overrides != nil && len(s.paths)+len(s.webhooks) == 0 {
		s.paths, s.webhooks = opts.Overrides.Scope.Paths, opts.Overrides.Scope.Webhooks
	}
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
			continue // The webhook is also compared under webhooks.
		}
		s.unions = append(s.unions, p)
	}
	if len(s.unions) == 0 && opts.Overrides == nil {
		s.notes = append(s.notes, "no event unions: mark them with x-event-union or list them with -unions")
	}
	return s, nil
}

func isWebhook(union string) bool { return strings.Contains(union, "Webhook") }

// prefix returns the words before an event's name in a root: the union's name without
// "Event".
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
	w.Path = func(path string) bool { return hasPrefix(s.paths, path) }
	w.Webhook = func(name string) bool { return hasPrefix(s.webhooks, name) }
	// An import compares with the same document many times.
	key := fmt.Sprint(w.Unions, s.paths, s.webhooks)
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

// goes returns the direction of a root's messages.
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

// what returns the kind of a root: event, webhook, operation or body.
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

// Options are the options of Compare.
type Options struct {
	// Overrides are the intended differences. Their scope applies unless Paths or Webhooks
	// is set.
	Overrides *Overrides
	// Paths and Webhooks are prefixes of the paths and of the names of the webhooks to
	// compare. Empty means all.
	Paths, Webhooks []string
	// Unions are the components that are event unions, if neither document marks them
	// with x-event-union.
	Unions []string
	// NoNames omits the Go identifiers.
	NoNames bool
}
