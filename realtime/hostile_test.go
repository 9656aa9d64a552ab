package realtime

import (
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A hostile server knows the key from the handshake and repeats it: in every place from
// which a text of its own can reach an error or the log, in every form, and cut.

const (
	hostilePrefix = "sk-proj-"
	hostilePart   = `Zk7"Qm4/tRx9_Lw=Vb2<Nc8-Yd5&Hf\e3`
	hostileKey    = hostilePrefix + hostilePart
)

// echo is one way to repeat the key: in plain text, and between the quotes of a JSON
// string, whose reader removes one level of escapes.
type echo struct{ plain, inJSON string }

func jsonEscaped(s string) string {
	b, _ := json.Marshal(s) //nolint:errchkjson // A string has a form.
	return string(b[1 : len(b)-1])
}

func escapedAs(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, format, s[i])
		}
		return b.String()
	}
}

// echoes returns the ways, by name.
func echoes() map[string]echo {
	list := map[string]echo{
		`JSON, \u itself`: {escapedAs(`\u%04x`)(hostileKey), escapedAs(`\u%04x`)(hostileKey)},
	}
	for name, form := range map[string]func(string) string{
		"raw": func(s string) string { return s }, "JSON": jsonEscaped, `\u`: escapedAs(`\u%04x`), "Go": strconv.Quote,
		"percent": escapedAs("%%%02x"), "query": url.QueryEscape, "HTML": html.EscapeString,
	} {
		whole := form(hostileKey)
		for cut, s := range map[string]string{
			"": whole, ", the start": form(hostileKey[:20]), ", the end": form(hostileKey[12:]), ", cut": whole[:len(whole)*2/3],
			", cut in front": whole[len(whole)/3:],
		} {
			list[name+cut] = echo{s, jsonEscaped(s)}
		}
	}
	// Where the client cuts: the first kilobyte of a handshake's body, and the texts of
	// errors.
	for _, pad := range []int{380, 396, 1000, 1015, 3180, 3195} {
		s := strings.Repeat("x", pad) + " " + hostileKey
		list["raw, behind "+strconv.Itoa(pad)] = echo{s, jsonEscaped(s)}
	}
	return list
}

// escape matches what a reader of JSON, of a URL or of a page would turn into another
// character.
var escape = regexp.MustCompile(`\\u00[0-9a-fA-F]{2}|\\["\\/]|%[0-9a-fA-F]{2}|&#?\w+;`)

func unescaped(m string) string {
	switch {
	case m[0] == '&':
		return html.UnescapeString(m)
	case len(m) == 2:
		return m[1:]
	}
	n, _ := strconv.ParseUint(m[len(m)-2:], 16, 8)
	return string([]byte{byte(n)})
}

// leak returns a piece of the secret part of the key that a text holds, or "".
func leak(s string) string {
	for range 6 {
		for i := range len(hostilePart) - 7 {
			if piece := hostilePart[i : i+8]; strings.Contains(s, piece) {
				return piece
			}
		}
		s = escape.ReplaceAllStringFunc(s, unescaped)
	}
	return ""
}

// printed returns a value in every way of printing it, and for an error those that it
// wraps.
func printed(v any) string {
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&b, verb+"\n", v)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
	switch v := v.(type) {
	case interface{ Unwrap() error }:
		if inner := v.Unwrap(); inner != nil {
			b.WriteString(printed(inner))
		}
	case interface{ Unwrap() []error }:
		for _, inner := range v.Unwrap() {
			b.WriteString(printed(inner))
		}
	}
	return b.String()
}

// position is a place where a server may repeat the key. It returns what a program sees
// of it: errors, and texts that it may print.
type position func(h *hostile) []any

// hostile is one attempt.
type hostile struct {
	*testing.T

	echo echo
	log  lockedBuffer
}

// client returns a client of a scripted server.
func (h *hostile) client(play func(p *peer), change ...func(*Config)) *Client {
	return script(h.T, play, append(change, h.config)...)
}

func (h *hostile) config(c *Config) {
	c.APIKey = hostileKey
	c.Logger = slog.New(slog.NewMultiHandler(
		slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug}),
		slog.NewJSONHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

func TestHostileServerLearnsUsNothing(t *testing.T) {
	t.Parallel()
	positions := map[string]position{}
	for _, list := range []map[string]position{
		handshakePositions(), requestPositions(), refusalPositions(), sessionPositions(), closePositions(), redialPositions(), transportPositions(),
	} {
		for name, p := range list {
			require.NotContains(t, positions, name)
			positions[name] = p
		}
	}
	require.GreaterOrEqual(t, len(positions), 50)
	ways := echoes()
	for place, play := range positions {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			for way, e := range ways {
				if (raceEnabled || testing.Short()) && strings.Contains(way, ",") {
					continue // The race detector makes it ten times as slow.
				}
				t.Run(way, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						h := &hostile{T: t, echo: e}
						seen := play(h)
						require.NotEmpty(t, seen)
						for _, v := range seen {
							require.NotNil(t, v)
							text := printed(v)
							assert.Empty(t, leak(text), "%T: %s", v, text)
						}
						assert.Empty(t, leak(h.log.String()), h.log.String())
					})
				})
			}
		})
	}
}

// TestHostileEchoesAreFound holds that the test would see a leak.
func TestHostileEchoesAreFound(t *testing.T) {
	t.Parallel()
	for way, e := range echoes() {
		assert.NotEmpty(t, leak(printed(fmt.Errorf("said %s", e.plain))), way) //nolint:err113 // It is a text.
	}
}
