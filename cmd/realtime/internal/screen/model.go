package screen

import (
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// line is one caption.
type line struct {
	kind, text string
	unheard    string
}

// maxLines bounds the captions that are kept.
const maxLines = 1000

// model is the state of the screen. It is changed by Update alone.
type model struct {
	o             Options
	asks          chan<- string
	width, height int
	input         textinput.Model
	lines         []line
	saying        int // the index of the answer that is being said, -1 without one
	connected     bool
	turns         int
	wait          float64
	cost          string
	in, out       float64
}

func newModel(o Options, asks chan<- string) *model {
	input := textinput.New()
	input.Prompt = "> "
	input.Placeholder = o.Hint
	input.Focus()
	return &model{o: o, asks: asks, width: 80, height: 24, input: input, saying: -1, in: floor, out: floor}
}

type tick struct{}

// Init begins to update the meters.
func (m *model) Init() tea.Cmd {
	if m.o.Levels == nil {
		return textinput.Blink
	}
	return tea.Batch(textinput.Blink, next())
}

func next() tea.Cmd { return tea.Tick(frame, func(time.Time) tea.Msg { return tick{} }) }

// Update takes a key, an event, or a change of the terminal.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.input.SetWidth(max(1, msg.Width-len(m.input.Prompt)-1))
		return m, nil
	case tea.KeyPressMsg:
		return m.key(msg)
	case tick:
		m.in, m.out = m.o.Levels()
		return m, next()
	case over:
		return m, tea.Quit
	case Event:
		m.event(msg)
		return m, nil
	}
	var cmd tea.Cmd
	m.input, cmd = m.input.Update(msg)
	return m, cmd
}

func (m *model) key(msg tea.KeyPressMsg) (tea.Model, tea.Cmd) {
	switch msg.String() {
	case "ctrl+c":
		return m, tea.Interrupt
	case "ctrl+d", "esc":
		return m, tea.Quit
	case "enter":
		if m.input.Value() != "" {
			select {
			case m.asks <- m.input.Value():
				m.input.Reset()
			default: // Too much waits: the text stays.
			}
		}
		return m, nil
	}
	var cmd tea.Cmd
	m.input, cmd = m.input.Update(msg)
	return m, cmd
}

// event adds an event to the captions.
func (m *model) event(e Event) {
	switch e.Kind {
	case "session":
		m.connected = true
		m.add(line{kind: e.Kind, text: e.Text})
	case "saying":
		if m.saying < 0 {
			m.add(line{kind: "agent"})
			m.saying = len(m.lines) - 1
		}
		m.lines[m.saying].text += e.Text
	case "turn":
		m.turn(e)
	default:
		m.add(line{kind: e.Kind, text: e.Text})
	}
}

// turn replaces what was being said by what was heard of it.
func (m *model) turn(e Event) {
	if m.saying < 0 && (e.Text != "" || e.Unheard != "") {
		m.add(line{kind: "agent"})
		m.saying = len(m.lines) - 1
	}
	if m.saying >= 0 {
		m.lines[m.saying] = line{kind: "agent", text: e.Text, unheard: e.Unheard}
	}
	m.saying = -1
	m.turns++
	if e.Wait > 0 {
		m.wait = e.Wait
	}
	if e.Cost != "" {
		m.cost = e.Cost
	}
}

func (m *model) add(l line) {
	m.lines = append(m.lines, l)
	if over := len(m.lines) - maxLines; over > 0 {
		m.lines = m.lines[over:]
		m.saying -= over
	}
}
