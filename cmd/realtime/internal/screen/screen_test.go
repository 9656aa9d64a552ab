package screen

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shown returns the rows of the screen without styles and trailing spaces.
func shown(m *model) []string {
	rows := strings.Split(ansi.Strip(m.View().Content), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return rows
}

func press(m *model, keys ...tea.KeyPressMsg) tea.Cmd {
	var cmd tea.Cmd
	for _, k := range keys {
		_, cmd = m.Update(k)
	}
	return cmd
}

func TestScreen(t *testing.T) {
	t.Parallel()
	m := newModel(Options{Title: "realtime · m", Hint: "speak", Levels: func() (in, out float64) { return -30, 0 }}, nil)
	m.Update(tea.WindowSizeMsg{Width: 60, Height: 12})
	assert.Equal(t, "realtime · m · connecting", shown(m)[0])
	for _, e := range []Event{
		{Kind: "session", Text: "m, sess_1"},
		{Kind: "user", Text: "Good morning."},
		{Kind: "saying", Text: "Hello, "},
		{Kind: "saying", Text: "and welcome to the show."},
	} {
		m.Update(e)
	}
	m.Update(tick{})
	assert.Equal(t, []string{
		"realtime · m",
		"",
		"session  m, sess_1",
		"you      Good morning.",
		"agent    Hello, and welcome to the show.",
		"", "", "", "",
		"you      ██████████░░░░░░░░░  agent  █████████████████████",
		"0 turns · Ctrl-C ends",
		"> speak",
	}, shown(m))
	m.Update(Event{Kind: "turn", Text: "Hello, and", Unheard: "welcome to the show.", Cut: true, Wait: 0.517, Cost: "0.0012"})
	rows := shown(m)
	assert.Equal(t, "agent    Hello, and welcome to the show.", rows[4])
	assert.Equal(t, "1 turn · answer after 0.52 s · USD 0.0012 · Ctrl-C ends", rows[10])
	assert.Contains(t, m.View().Content, faint.Render("welcome to the show."), "what was not heard is faint")
}

// TestScreenFits draws at every size: no row is wider than the terminal, and there are not
// more rows than it has.
func TestScreenFits(t *testing.T) {
	t.Parallel()
	m := newModel(Options{Title: "realtime · a long title", Hint: "write, and press Enter", Levels: func() (in, out float64) { return -3, -90 }}, nil)
	for range 40 {
		m.Update(Event{Kind: "user", Text: "Wie wird das Wetter in Köln? 明日の天気は？ " + strings.Repeat("x", 90)})
		m.Update(Event{Kind: "turn", Text: "Sunny.", Unheard: strings.Repeat("and warm ", 9)})
	}
	for width := 1; width < 130; width++ {
		for _, height := range []int{1, 3, 6, 30} {
			m.Update(tea.WindowSizeMsg{Width: width, Height: height})
			m.Update(tick{})
			rows := strings.Split(m.View().Content, "\n")
			if height >= 6 {
				require.LessOrEqual(t, len(rows), height, "%d x %d", width, height)
			}
			for _, row := range rows[:len(rows)-1] { // The last is the library's.
				require.LessOrEqual(t, lipgloss.Width(row), width, "%d x %d: %q", width, height, row)
			}
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	asks := make(chan string, 1)
	m := newModel(Options{}, asks)
	enter := tea.KeyPressMsg{Code: tea.KeyEnter}
	press(m, enter, tea.KeyPressMsg{Code: 'h', Text: "h"}, tea.KeyPressMsg{Code: 'i', Text: "i"}, enter)
	assert.Empty(t, m.input.Value())
	press(m, tea.KeyPressMsg{Code: 'x', Text: "x"}, enter)
	assert.Equal(t, "x", m.input.Value(), "what there is no room for stays")
	assert.Equal(t, "hi", <-asks)
	assert.Equal(t, tea.Interrupt(), press(m, tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})())
	assert.Equal(t, tea.Quit(), press(m, tea.KeyPressMsg{Code: 'd', Mod: tea.ModCtrl})())
	_, cmd := m.Update(over{})
	assert.Equal(t, tea.Quit(), cmd())
}

func TestOldCaptionsAreForgotten(t *testing.T) {
	t.Parallel()
	m := newModel(Options{}, nil)
	m.Update(Event{Kind: "saying", Text: "begins"})
	for range maxLines + 5 {
		m.Update(Event{Kind: "user", Text: "x"})
	}
	assert.Len(t, m.lines, maxLines)
	assert.Negative(t, m.saying)
	m.Update(Event{Kind: "turn", Text: "ends"})
	assert.Equal(t, "ends", m.lines[maxLines-1].text)
}
