package screen

import (
	"fmt"
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
)

const (
	floor  = -60 // dBFS; what is quieter shows nothing
	labels = 9   // columns of the names in front of captions
	narrow = 56  // columns below which the meters are one above the other
)

var (
	bold  = lipgloss.NewStyle().Bold(true)
	faint = lipgloss.NewStyle().Faint(true)
	green = lipgloss.NewStyle().Foreground(lipgloss.Green)
	cyan  = lipgloss.NewStyle().Foreground(lipgloss.Cyan)
	red   = lipgloss.NewStyle().Foreground(lipgloss.Red)
)

// View draws the screen: title, captions, meters, facts and the line to write in.
func (m *model) View() tea.View {
	bottom := append(m.meters(), faint.Render(cut(m.facts(), m.width)), m.input.View())
	room := max(0, m.height-len(bottom)-2)
	captions := m.captions()
	if over := len(captions) - room; over > 0 {
		captions = captions[over:]
	}
	rows := []string{bold.Render(cut(m.title(), m.width)), ""}
	rows = append(rows, captions...)
	rows = append(rows, make([]string, room-len(captions))...)
	v := tea.NewView(strings.Join(append(rows, bottom...), "\n"))
	v.AltScreen = true
	v.WindowTitle = m.o.Title
	return v
}

func (m *model) title() string {
	if !m.connected {
		return m.o.Title + " · connecting"
	}
	return m.o.Title
}

// captions returns the rows of all captions.
func (m *model) captions() []string {
	var rows []string
	for _, l := range m.lines {
		rows = append(rows, m.caption(l)...)
	}
	return rows
}

// caption returns the rows of one caption. What was not heard is faint.
func (m *model) caption(l line) []string {
	style, name, body := faint, l.kind, l.text
	switch l.kind {
	case "user":
		style, name = green, "you"
	case "agent":
		style = cyan
	case "warning", "lost":
		style = red
	default:
		body = faint.Render(body)
	}
	if l.unheard != "" {
		body = strings.TrimSpace(body + " " + faint.Render(l.unheard))
	}
	if m.width < 2*labels {
		return strings.Split(lipgloss.NewStyle().Width(max(1, m.width)).Render(body), "\n")
	}
	wrapped := lipgloss.NewStyle().Width(m.width - labels).Render(body)
	return strings.Split(lipgloss.JoinHorizontal(lipgloss.Top, style.Width(labels).Render(name), wrapped), "\n")
}

// meters returns the rows of the meters, none without sound.
func (m *model) meters() []string {
	if m.o.Levels == nil {
		return nil
	}
	if m.width < narrow {
		width := m.width - labels
		return []string{cut("you      "+bar(green, m.in, width), m.width), cut("agent    "+bar(cyan, m.out, width), m.width)}
	}
	width := m.width/2 - labels
	return []string{"you      " + bar(green, m.in, width-2) + "  agent  " + bar(cyan, m.out, width)}
}

// bar returns a level as a bar of a width.
func bar(style lipgloss.Style, level float64, width int) string {
	width = max(0, width)
	full := int(math.Round(float64(width) * (min(0, max(floor, level)) - floor) / -floor))
	return style.Render(strings.Repeat("█", full)) + faint.Render(strings.Repeat("░", width-full))
}

// facts returns the turns, the last wait and the cost.
func (m *model) facts() string {
	parts := []string{fmt.Sprintf("%d turns", m.turns)}
	if m.turns == 1 {
		parts[0] = "1 turn"
	}
	if m.wait > 0 {
		parts = append(parts, fmt.Sprintf("answer after %.2f s", m.wait))
	}
	if m.cost != "" {
		parts = append(parts, "USD "+m.cost)
	}
	return strings.Join(append(parts, "Ctrl-C ends"), " · ")
}

// cut shortens a text to a width.
func cut(text string, width int) string {
	return lipgloss.NewStyle().MaxWidth(max(1, width)).Render(text)
}
