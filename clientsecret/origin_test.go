package clientsecret_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/clientsecret"
)

// What is listed matches what browsers send, however it is written.
func TestOriginsAreThoseOfBrowsers(t *testing.T) {
	t.Parallel()
	for listed, sent := range map[string]string{
		"https://Example.com":            "https://example.com",
		"HTTPS://example.com":            "https://example.com",
		"https://example.com:443":        "https://example.com",
		"http://example.com:80":          "http://example.com",
		"http://example.com:443":         "http://example.com:443",
		"https://example.com:":           "https://example.com",
		"http://localhost:03000":         "http://localhost:3000",
		"http://[0:0::1]:3000":           "http://[::1]:3000",
		"http://127.0.0.1:8080":          "http://127.0.0.1:8080",
		"https://xn--bcher-kva.example":  "https://xn--bcher-kva.example",
		"capacitor://localhost":          "capacitor://localhost",
		"https://app_1.staging.example.": "https://app_1.staging.example.",
	} {
		h, _ := handler(t, newVendor(), func(c *clientsecret.Config) { c.Origins = []string{listed} })
		w := post(t, h, func(r *http.Request) {
			r.Header.Set("Origin", sent)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		})
		assert.Equal(t, http.StatusOK, w.Code, listed)
		assert.Equal(t, sent, w.Header().Get("Access-Control-Allow-Origin"), listed)
	}
}

func TestOriginsThatNoBrowserSends(t *testing.T) {
	t.Parallel()
	for listed, want := range map[string]string{
		"":                          "not scheme://host",
		"*":                         "not scheme://host",
		"null":                      "not scheme://host",
		"example.com":               "not scheme://host",
		"https://":                  "not scheme://host",
		"https://example.com/":      "without a path",
		"https://example.com?":      "without a path",
		"https://example.com#":      "without a path",
		"https://ann@example.com":   "without a path",
		"https://*.example.com":     "list each origin",
		"https://bücher.example":    "ASCII form",
		"https://b%C3%BCcher.com":   "ASCII form",
		"https://a,b":               "letters, digits",
		"https://example.com:x":     "not scheme://host",
		"https://example.com:65536": "no such port",
		"http://127.1":              "four decimal numbers",
		"http://[fe80::1%25eth0]":   "IPv6",
		"http://[::ffff:192.0.2.1]": "IPv6",
	} {
		_, err := clientsecret.New(&clientsecret.Config{
			Client: newVendor().client(t), Authorize: clientsecret.Anyone, Session: conversation(), Origins: []string{listed},
		})
		require.ErrorContains(t, err, want, listed)
		assert.ErrorContains(t, err, "Config.Origins", listed)
	}
}
