package view

import "html/template"

// page is what the template prints: text and positions, without any decision left.
type page struct {
	Policy   string
	Style    template.CSS
	Script   template.JS
	Title    string
	Facts    []string
	Kept     string
	Warnings []string
	Figures  []figure
	Finds    []find
	More     []find // findings that do not fit above the fold

	LengthText string
	LengthMS   int64
	timeline

	Turns []turn
	Total *total

	Data      template.HTML // base64 of the compressed data of the script
	Sound     template.HTML // base64 of the compressed sound, "" without sound
	SoundNote string
}

// figure is a number above the page. Hot ones are past a threshold.
type figure struct {
	Name, Value, Unit string
	Hot               bool
}

// find is a finding, or a note of the application's.
type find struct {
	At, To      int64
	Time        string
	Event       int    // that shows it, -1 without one
	Sign        string // "bad", "slow", "cut" or "note"
	Title, Text string
}

// timeline is the lanes, from the top.
type timeline struct {
	Density int
	Ticks   []tick

	Notes       []mark
	CallerHow   string
	CallerWords []word
	Overlaps    []bar
	Waits       []mark
	Unheard     []labelled
	Flows       []string // points of a polygon
	HeardHow    string
	Dead        []bar
	AgentWords  []word
	Jobs        []labelled
	JobRows     int
	Up          []bar
	Down        []labelled
	Flags       []mark
	Costs       []cost
	Cuts        []end
}

type tick struct {
	Left  string
	Every int // seconds of which the tick is a multiple: 60, 15, 5 or 1
	Text  string
	Last  bool // there is no room for the text behind it
}

// end is where the sound of an answer ended before the answer did: "cut" or "lost".
type end struct{ Left, Text string }

// bar is a place in a lane, in per cent of the call.
type bar struct{ Left, Width string }

// place is a bar with its time in microseconds, for the script. To is 0 for marks that
// move the playhead without shading a span.
type place struct {
	Left, Width string
	At, To      int64
	Tip         string
	Row         int
}

// mark is something with a text of its own.
type mark struct {
	Place place
	Class string
	Sign  string
	Text  string
}

// word is what was said, as far as it was heard, and the rest.
type word struct {
	Place          place
	Heard, Unheard string
}

// label is a text beside a bar, with the room up to the next bar.
type label struct {
	Left, Width string
	Text, Bold  string
	Class       string
	Row         int
}

type labelled struct {
	Place place
	Class string
	Label label
}

type cost struct {
	Place  place
	Height string
	Label  *label
}

// turn is a row of the table.
type turn struct {
	N                           int
	At, To                      int64
	Time                        string
	Said                        []said
	Reply, ReplyClass, ReplyBar string
	Made, MadeNote              string
	Tools                       []toolCell
	Tokens, Cached              string
	Cost, CostBar               string
}

// said is a paragraph of one speaker.
type said struct {
	Caller          bool
	Who             string
	Heard, Unheard  string
	Note, NoteClass string
}

type toolCell struct{ Name, Took string }

type total struct{ Reply, ReplyNote, Made, Tools, Tokens, Cached, Cost string }

// event is a row of the list of events, in the data of the script.
type event struct {
	At    int64    `json:"at"`
	Way   string   `json:"way"` // "in", "out" or ""
	Name  string   `json:"name"`
	Size  string   `json:"size"`
	Tags  []string `json:"tags"`
	Line  any      `json:"line"`
	Links []link   `json:"links,omitempty"`

	n     int // messages
	bytes int64
}

// link is a button that opens another event: a text and a number.
type link [2]any
