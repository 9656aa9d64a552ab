package text

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Redacted stands where a secret would.
const Redacted = "REDACTED"

// Secrets is a set of secrets, to be removed from what a peer says. It never changes,
// and nil is the empty set.
type Secrets struct {
	// A func, since printers that walk unexported fields do not call it.
	list func() []Secret
}

// NewSecrets returns the set of a list, without what is too short.
func NewSecrets(list ...Secret) *Secrets {
	var kept []Secret
	for _, s := range list {
		if len(s.Text) >= shortest && !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	if kept == nil {
		return nil
	}
	return &Secrets{list: func() []Secret { return kept }}
}

func (s *Secrets) all() []Secret {
	if s == nil {
		return nil
	}
	return s.list()
}

// remembered bounds the secrets of a connection that dials with a new one each time.
const remembered = 32

// With returns the set with those of next in front, and drops the oldest of too many.
// It returns one of the two sets when that holds all.
func (s *Secrets) With(next *Secrets) *Secrets {
	switch {
	case s == nil || contains(next, s):
		return next
	case next == nil || contains(s, next):
		return s
	}
	both := slices.Concat(next.all(), s.all())
	return NewSecrets(both[:min(len(both), remembered)]...)
}

func contains(all, some *Secrets) bool {
	for _, s := range some.all() {
		if !slices.Contains(all.all(), s) {
			return false
		}
	}
	return true
}

// Equal reports whether two sets hold the same.
func (s *Secrets) Equal(other *Secrets) bool { return slices.Equal(s.all(), other.all()) }

// Scrub returns a text without secrets: as they are, and as they look in JSON, in a URL
// or in a page, escaped once or several times. The text may be cut anywhere.
func (s *Secrets) Scrub(text string) string {
	if s == nil || text == "" {
		return text
	}
	return replaced(text, newFinder(s.list()).find(text))
}

// ScrubJSON is Scrub for a valid JSON text, which stays valid: each of its strings is
// scrubbed by itself. It returns data as it is when there is no secret in it.
func (s *Secrets) ScrubJSON(data []byte) []byte {
	if s == nil {
		return data
	}
	var out []byte
	f, done := newFinder(s.list()), 0
	for i := 0; i < len(data); i++ {
		if data[i] != '"' {
			continue
		}
		from := i + 1
		for i = from; i < len(data) && data[i] != '"'; i++ {
			if data[i] == '\\' {
				i++
			}
		}
		to := min(i, len(data))
		if to-from < shortest {
			continue
		}
		content := string(data[from:to])
		if found := f.find(content); len(found) > 0 {
			out = append(append(out, data[done:from]...), replaced(content, found)...)
			done = to
		}
	}
	if out == nil {
		return data
	}
	return append(out, data[done:]...)
}

// replaced puts [Redacted] in the place of each stretch.
func replaced(text string, found []stretch) string {
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, f := range found {
		b.WriteString(text[at:f.from])
		b.WriteString(Redacted)
		at = f.to
	}
	b.WriteString(text[at:])
	return b.String()
}

// Error returns err, or an error with a scrubbed text when err shows a secret in some
// way of printing it. That one unwraps to nothing, since an error in its chain may show
// the secret. [errors.Is] still finds what it finds in err, sentinels of every package
// among it, and Timeout returns what it does there.
func (s *Secrets) Error(err error) error {
	if s == nil || err == nil {
		return err
	}
	was := err.Error()
	if clean := s.Scrub(was); clean != was || s.shows(err) {
		return newScrubbed(err, clean)
	}
	return err
}

// shows reports whether an error shows a secret when it, or one that it wraps, is
// printed with its fields.
func (s *Secrets) shows(err error) bool {
	for _, verb := range []string{"%+v", "%#v"} {
		if was := fmt.Sprintf(verb, err); s.Scrub(was) != was {
			return true
		}
	}
	switch err := err.(type) { //nolint:errorlint // This walks the chain.
	case interface{ Unwrap() error }:
		inner := err.Unwrap()
		return inner != nil && s.shows(inner)
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(err.Unwrap(), s.shows)
	}
	return false
}

// scrubbed stands for an error that shows a secret.
type scrubbed struct {
	text    string
	timeout bool
	// A func, since printers that walk unexported fields do not call it.
	is func(target error) bool
}

func newScrubbed(err error, clean string) *scrubbed {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return &scrubbed{
		text: clean, timeout: ok && t.Timeout(),
		is: func(target error) bool { return errors.Is(err, target) },
	}
}

func (e *scrubbed) Error() string { return e.text }

// Timeout reports whether a deadline passed.
func (e *scrubbed) Timeout() bool { return e.timeout }

// Is reports whether the error that showed a secret is target.
func (e *scrubbed) Is(target error) bool { return e.is(target) }
