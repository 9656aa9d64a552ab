package recording

// builder derives a timeline. It goes through the lines once in the order of time, and
// then joins what it has found.
type builder struct {
	rec *Recording
	t   *Timeline

	anchor      map[int]Micros // by connection: the first sound sent, 0 of the server's clock
	started     map[string]int // speech by item
	items       map[part]int
	responses   map[string]int
	tools       map[string]int // the latest call by id, by tool lines or by messages
	toolLines   bool           // the recording has tool lines: messages count for nothing
	names       map[string]string
	outputs     map[string]int    // function_call_output items by call
	makers      map[string]string // responses by item
	truncations map[part]truncation
	cutLines    map[part]bool
	out         map[string]*Line // requests by event id
	heardLines  bool
	asked       []Micros // when responses were asked for
	writes      []Proof  // texts of the user
	pause       Micros   // the silence that ends a turn
	padding     Micros   // the sound before the first word that belongs to a turn
	current     string   // the response that runs, for messages that name none
	uncharged   string   // the last response without an id, if it has ended and has no usage line
	charged     string   // the response of the last usage line that names none
	model       string   // of the session, by its own account
	transcribes string   // the model that transcribes
	transcripts map[part]int
	waits       []wait
}

// wait is the time from the user's last word to the first heard sound, by a turn line.
type wait struct{ at, length Micros }

// part is the sound of one content part of an item.
type part struct {
	item    string
	content int
}

// truncation is a place at which the server was told to cut an item.
type truncation struct {
	line int
	at   Micros
	end  Micros
}
