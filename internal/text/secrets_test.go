package text

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const key = `sk-proj-Q7w+e/Rt"y\Zx_9Kp2 Lm4=Nb6<Vc8`

// forms are the ways in which a peer may write a text.
var forms = map[string]func(string) string{
	"raw":           func(s string) string { return s },
	"JSON":          quoted,
	"JSON, nested":  func(s string) string { return quoted(quoted(s)) },
	"JSON, thrice":  func(s string) string { return quoted(quoted(quoted(s))) },
	"Go":            func(s string) string { return strings.Trim(strconv.Quote(s), `"`) },
	`\u`:            each(`\u%04x`),
	`\U`:            each(`\u%04X`),
	`\u, nested`:    func(s string) string { return quoted(each(`\u%04x`)(s)) },
	`\u, partly`:    some(`\u%04x`),
	`\x`:            each(`\x%02x`),
	"percent":       each(`%%%02X`),
	"percent twice": each(`%%25%02x`),
	"percent, some": some(`%%%02x`),
	"path":          url.PathEscape,
	"query":         url.QueryEscape,
	"query, nested": func(s string) string { return quoted(url.QueryEscape(s)) },
	"HTML":          html.EscapeString,
	"&#":            each("&#%d;"),
	"&#x":           each("&#x%x;"),
}

func quoted(s string) string {
	b, _ := json.Marshal(s) //nolint:errchkjson // A string has a form.
	return string(b[1 : len(b)-1])
}

func each(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, format, s[i])
		}
		return b.String()
	}
}

func some(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if i%3 == 1 || strings.ContainsAny(s[i:i+1], `"\`) {
				fmt.Fprintf(&b, format, s[i])
			} else {
				b.WriteByte(s[i])
			}
		}
		return b.String()
	}
}

// leaks reports whether a text holds a piece of the key, in whatever form.
func leaks(s string) bool {
	for range 5 {
		for i := range len(key) - len("sk-proj-") - gramSize + 1 {
			piece := key[len("sk-proj-"):][i : i+gramSize]
			if strings.Contains(s, piece) || strings.Contains(s, strings.ReplaceAll(piece, " ", "+")) {
				return true
			}
		}
		l := layer{text: s}
		next, changed := l.unescaped()
		if !changed {
			return false
		}
		s = next.text
	}
	return false
}

func TestScrubForms(t *testing.T) {
	t.Parallel()
	s := NewSecrets(Secret{Text: key, Key: true})
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			echo := form(key)
			require.True(t, leaks(echo))
			assert.Equal(t, "key REDACTED is bad", whole(s.Scrub("key "+echo+" is bad")))
			assert.Equal(t, "REDACTED", whole(s.Scrub(echo)))
			long := strings.Repeat("x", 3*chunkSize)
			assert.Equal(t, long+"REDACTED"+long, whole(s.Scrub(long+echo+long)))
			for from := range len(echo) {
				for _, to := range []int{len(echo), (from + len(echo)) / 2} {
					cut := s.Scrub("key " + echo[from:to])
					assert.False(t, leaks(cut), "cut at %d and %d: %s", from, to, cut)
				}
			}
			for to := range len(echo) {
				cut := s.Scrub("key " + echo[:to])
				left := strings.TrimPrefix(cut, "key ")
				assert.LessOrEqual(t, len(unescapedWhole(left)), len("sk-proj-REDACTED"), "cut at %d: %s", to, cut)
				assert.False(t, leaks(cut), cut)
				for _, tail := range []string{"…", `..."`, `"`, "')"} {
					assert.NotContains(t, s.Scrub("key "+form("sk-proj-Q7w+")+tail), "Q7w", tail)
				}
			}
		})
	}
}

// whole drops the public beginning of the key, which may stay.
func whole(s string) string {
	for name := range forms {
		s = strings.ReplaceAll(s, forms[name]("sk-proj-")+"REDACTED", "REDACTED")
	}
	return s
}

func unescapedWhole(s string) string {
	for range 5 {
		l := layer{text: s}
		next, changed := l.unescaped()
		if !changed {
			break
		}
		s = next.text
	}
	return s
}

func TestScrub(t *testing.T) {
	t.Parallel()
	long := Secret{Text: "sk-abcdefghijklmnop", Key: true}
	for name, tc := range map[string]struct {
		secrets    []Secret
		text, want string
	}{
		"none":                      {nil, "sk-abcdefghijklmnop", "sk-abcdefghijklmnop"},
		"a piece in the middle":     {[]Secret{long}, "(defghijk)", "(REDACTED)"},
		"a piece that is short":     {[]Secret{long}, "defghij.", "defghij."},
		"the public part":           {[]Secret{long}, "keys begin with sk-", "keys begin with sk-"},
		"the vendor's own mask":     {[]Secret{long}, "Incorrect API key provided: sk-ab***mnop.", "Incorrect API key provided: sk-ab***mnop."},
		"the beginning, at the end": {[]Secret{long}, "provided: sk-ab", "provided: REDACTED"},
		"twice":                     {[]Secret{long}, "sk-abcdefghijklmnop, sk-abcdefghijklmnop", "REDACTED, REDACTED"},
		"two secrets that touch":    {[]Secret{long, {Text: "password"}}, "password" + long.Text, "REDACTED"},
		"a header's whole value":    {[]Secret{{Text: "realtime=v1"}}, "realtime: realtime=v1", "realtime: REDACTED"},
		"a header's cut value":      {[]Secret{{Text: "realtime=v1"}}, "realtime: realtime", "realtime: REDACTED"},
		"a short key":               {[]Secret{{Text: "hunter2", Key: true}}, "hunter2, hunter!", "REDACTED, hunter!"},
		"too short":                 {[]Secret{{Text: "abc", Key: true}}, "abc", "abc"},
		"plus for a space":          {[]Secret{{Text: "my secret words", Key: true}}, "q=my+secret+words", "q=REDACTED"},
		"lone surrogate":            {[]Secret{long}, `\ud83d sk-abcdefghijklmnop`, `\ud83d REDACTED`},
		"escapes that are none":     {[]Secret{long}, `%zz \q \ud8 &x; &#x; & 100% \`, `%zz \q \ud8 &x; &#x; & 100% \`},
		"named entities":            {[]Secret{{Text: "k_abc-def=ghi", Key: true}}, "k&lowbar;abc&hyphen;def&equals;ghi", "REDACTED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := NewSecrets(tc.secrets...).Scrub(tc.text)
			assert.Equal(t, tc.want, strings.ReplaceAll(got, "sk-REDACTED", "REDACTED"))
		})
	}
}

// TestScrubbedJSONStaysJSON cuts no escape in two, wherever a piece of the key ends.
func TestScrubbedJSONStaysJSON(t *testing.T) {
	t.Parallel()
	s := NewSecrets(Secret{Text: key, Key: true})
	for name, form := range forms {
		for from := range len(key) {
			for to := from; to <= len(key); to += 5 {
				for _, echo := range []string{quoted(form(key[from:to])), quoted(quoted(form(key[from:to])))} {
					clean := s.ScrubJSON([]byte(`{"a":"` + echo + `","` + echo + `":["` + echo + `"]}`))
					var got map[string]any
					require.NoError(t, json.Unmarshal(clean, &got), "%s: %s: %s", name, echo, clean)
					for name, v := range got {
						assert.False(t, leaks(name))
						assert.False(t, leaks(fmt.Sprint(v)))
					}
				}
			}
		}
	}
}

func TestSecretsKeepTheLatest(t *testing.T) {
	t.Parallel()
	var s *Secrets
	for i := range 40 {
		next := NewSecrets(Secret{Text: fmt.Sprintf("token-%02d-abcdefgh", i), Key: false})
		s = s.With(next)
		assert.Same(t, s, s.With(next), "nothing is new")
	}
	assert.Len(t, s.all(), remembered)
	assert.Equal(t, "REDACTED token-00-abcdefgh", s.Scrub("token-39-abcdefgh token-00-abcdefgh"))
	assert.Nil(t, NewSecrets())
	assert.Nil(t, NewSecrets().With(nil))
	assert.True(t, NewSecrets(Secret{Text: "abcd"}).Equal(NewSecrets(Secret{Text: "abcd"}, Secret{Text: "abcd"})))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(verb, s), "token")
		assert.NotContains(t, fmt.Sprintf(verb, *s), "token")
	}
}

// headerError shows its fields to %#v alone.
type headerError struct{ Header string }

func (headerError) Error() string { return "refused" }

func TestScrubbedErrors(t *testing.T) {
	t.Parallel()
	s := NewSecrets(Secret{Text: key, Key: true})
	plain := fmt.Errorf("read: %w", io.EOF)
	assert.Same(t, plain, s.Error(plain), "an error without a secret stays")
	require.NoError(t, s.Error(nil))
	assert.Equal(t, plain, (*Secrets)(nil).Error(plain))
	for name, err := range map[string]error{
		"text":       fmt.Errorf("%s: %w", key, context.DeadlineExceeded),
		"field":      errors.Join(headerError{key}, context.DeadlineExceeded),
		"deep field": fmt.Errorf("a: %w", fmt.Errorf("b: %w", errors.Join(context.DeadlineExceeded, headerError{key}))),
		"timeout":    &url.Error{Op: "get", URL: key, Err: os.ErrDeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.Error(err)
			for _, verb := range []string{"%v", "%+v", "%#v"} {
				assert.False(t, leaks(fmt.Sprintf(verb, got)))
			}
			var timeout interface{ Timeout() bool }
			require.ErrorAs(t, got, &timeout)
			assert.True(t, timeout.Timeout())
			assert.Equal(t, errors.Is(err, context.DeadlineExceeded), errors.Is(got, context.DeadlineExceeded))
			require.NoError(t, errors.Unwrap(got))
		})
	}
}

// errOurs is a sentinel whose own text holds a piece of the key.
var errOurs = errors.New("no " + key[4:20] + " is configured")

// TestScrubbedErrorsStaySentinels holds that a program can still decide on an error whose
// text was scrubbed.
func TestScrubbedErrorsStaySentinels(t *testing.T) {
	t.Parallel()
	s := NewSecrets(Secret{Text: key, Key: true})
	clean := errors.New("the session is closed")
	for name, err := range map[string]error{
		"beside the key":  fmt.Errorf("%s: %w", key, clean),
		"joined":          errors.Join(headerError{key}, fmt.Errorf("send: %w", clean)),
		"of its own text": errors.Join(errOurs, clean),
	} {
		got := s.Error(err)
		assert.False(t, leaks(got.Error()), name)
		require.ErrorIs(t, got, clean, name)
		assert.Equal(t, errors.Is(err, errOurs), errors.Is(got, errOurs), name)
		require.NotErrorIs(t, got, io.EOF, name)
		_, shown := errors.AsType[headerError](got)
		assert.False(t, shown, "%s: what shows the key cannot be reached", name)
	}
}

func FuzzScrub(f *testing.F) {
	for _, form := range forms {
		f.Add("a " + form(key) + " b")
	}
	s := NewSecrets(Secret{Text: key, Key: true}, Secret{Text: "a value of a header"})
	f.Fuzz(func(t *testing.T, text string) {
		got := s.Scrub(text)
		if !strings.Contains(text, Redacted) {
			assert.False(t, leaks(got), "%q", got)
		}
	})
}
