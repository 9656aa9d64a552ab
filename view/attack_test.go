package view_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/view"
	"github.com/voicelane/realtime-go/view/internal/samples"
)

var (
	tag    = regexp.MustCompile(`<([a-zA-Z!][^\s/>]*)[^>]*>`)
	value  = regexp.MustCompile(`"[^"]*"`)
	member = regexp.MustCompile(`\s([^\s=/>]+)`)
)

// tagsOf returns the names of the elements of a page, each with its attributes.
func tagsOf(page string) map[string]bool {
	all := map[string]bool{}
	for _, m := range tag.FindAllStringSubmatch(dom(page), -1) {
		name := strings.ToLower(m[1])
		all[name] = true
		for _, a := range member.FindAllStringSubmatch(value.ReplaceAllString(m[0], ""), -1) {
			all[name+" "+strings.ToLower(a[1])] = true
		}
	}
	return all
}

// Texts, ids and names add no element and no handler to a page.
func TestHostileTextsAreText(t *testing.T) {
	t.Parallel()
	known := tagsOf(pageOf(t, samples.Booking(), nil))
	for name := range tagsOf(pageOf(t, samples.LostConnection(), &view.Options{Notes: []view.Note{{Title: "x"}}})) {
		known[name] = true
	}
	known["details"], known["details class"], known["summary"] = true, true, true
	page := pageOf(t, samples.Hostile(samples.Attacks()), &view.Options{
		Title: samples.Attacks()[0], Notes: []view.Note{{Title: samples.Attacks()[1], Text: samples.Attacks()[2]}},
	})
	for name := range tagsOf(page) {
		assert.True(t, known[name], name)
	}
	assert.Equal(t, 1, strings.Count(page, "<script>"))
	assert.Equal(t, 2, strings.Count(page, "</script>"), "the data and the script")
	assert.Equal(t, 1, strings.Count(page, "</style>"))
	assert.Equal(t, 1, strings.Count(page, "</title>"))
	for _, style := range regexp.MustCompile(`style="([^"]*)"`).FindAllStringSubmatch(dom(page), -1) {
		assert.Regexp(t, `^(left|width|height|--rows?):[0-9.]+(%|px)?(;(left|width|height|--row):[0-9.]+(%|px)?)*$`, style[1])
	}
}
