package recording

// Timeline is what a recording says about the call, derived from its lines. Lines of
// layers that knew better (heard, cut, tool, turn, usage) win over what messages suggest.
// All times are on the clock of the recording. It is a pure function of the recording.
type Timeline struct {
	Length Micros
	// Speech is when the caller spoke, by the server's detection.
	Speech []Speech
	// Items are what the model spoke, in the order in which they began.
	Items []Item
	// Responses are the responses, in the order in which they began.
	Responses []Response
	// Transcripts are those of the caller's speech, for what they were charged.
	Transcripts []Transcript
	// Turns are the exchanges.
	Turns []Turn
	Tools []ToolSpan
	Cuts  []CutSpan
	// Outages are the spans without a connection.
	Outages  []Outage
	Failures []FailureMark
	// HeardBy is the weakest evidence of what was heard; ByClock if all of it was
	// estimated, "" if nothing was heard.
	HeardBy Evidence
	// Findings are what stands out, in the order of time. See [Recording.Findings].
	Findings []Finding
}

// Speech is a span in which the caller spoke. Begin is the first word: the padding that
// audio_start_ms includes is added, the session's prefix_padding_ms, 300 ms if the recording
// does not say, and 0 with semantic detection. End is the last word: the silence by which
// the server knows that a turn is over, which audio_end_ms includes, is subtracted. It is
// the session's silence_duration_ms, 500 ms if the recording does not say, and taken for
// 0 with semantic detection.
type Speech struct {
	Line       int // of the message that began it
	EndLine    int // of the message that ended it, 0 while it lasts
	Item       string
	Begin, End Micros
	// Known is when the client learned of it: when speech_started arrived.
	Known Micros
	// Open is set if the end is not known, and End is the end of the recording.
	Open bool
	// Text is the transcript, "" if it was not kept.
	Text string
}

// Item is what the model spoke in one content part of an item.
type Item struct {
	Line     int // of its first sound
	Item     string
	Content  int
	Response string
	// Made is the length of its sound; it arrived from Begin to End.
	Made       Micros
	Begin, End Micros
	// Heard are the spans that were heard, in order, and HeardLen their sum.
	Heard    []Span
	HeardLen Micros
	// Cut is set if it was not heard whole.
	Cut bool
	// Text is the transcript, "" if it was not kept.
	Text string
}

// Span is a part of an item's sound that was heard from Begin on.
type Span struct {
	Begin    Micros
	From, To Micros // in the item's sound
}

// End is when the span ended.
func (s Span) End() Micros { return s.Begin + s.To - s.From }

// Response is one response.
type Response struct {
	Line int // of response.created, or of the first line that names it
	// ID is "#1", "#2" and so on with a service that sends no ids.
	ID         string
	Turn       int // index in Timeline.Turns
	Begin, End Micros
	// Status is that of response.done, "" if it did not come.
	Status string
	// Model is that of a usage line, or of the session by its own account, "" if neither
	// names one.
	Model string
	// Tokens are what it was charged, by a usage line or response.done.
	Tokens Tokens
	// Contradicts is set if the counts of response.done lack their kinds or contradict each
	// other: what it was charged is not known then.
	Contradicts bool
	// MicroUSD is the cost, nil if it is not known.
	MicroUSD *int64

	done, outputs int // the line of response.done, and the number of items
	reason        string
}

// Transcript is what the transcript of an item of the caller was charged.
type Transcript struct {
	Line int // of the message that brought it, or of the usage line without one
	At   Micros
	Item string
	// Model is the one that transcribed, "" if the recording does not say.
	Model string
	// Tokens or AudioMS are what was charged, by a usage line or the message; AudioMS is in
	// milliseconds. Both are 0 if the service sent neither, or counts that lack their kinds
	// or contradict each other.
	Tokens  Tokens
	AudioMS int64
	// MicroUSD is the cost in millionths of a dollar, nil if it is not known.
	MicroUSD *int64

	counted bool // by a usage line
}

// Turn is an exchange: what the caller said, and the answer.
type Turn struct {
	Line int // of its first line
	// Begin is when the caller began, or the answer for a turn that no speech asked for.
	// Said is the caller's last word, by the turn line if there is one; -1 without speech.
	Begin, End, Said Micros
	// FirstMade and FirstHeard are when the first sound of the answer arrived, and was
	// heard; -1 if none was.
	FirstMade, FirstHeard Micros
	// Wait is the time from Said to the first heard sound, never negative; -1 without
	// speech or answer. It is first_heard of the turn line if there is one.
	Wait Micros
	// User and Agent are the texts, "" if they were not kept.
	User, Agent string
	// Items, Tools and Responses are indexes in the lists of the Timeline.
	Items, Tools, Responses []int
	// Cut is set if the answer was not heard whole.
	Cut bool
}

// ToolSpan is one call of a function.
type ToolSpan struct {
	Line       int // of its beginning
	ID, Name   string
	Response   string // that called it, "" if unknown
	Begin, End Micros
	// Open is set if the call has no end.
	Open bool
	// OK is false if it failed; unknown counts as true.
	OK                bool
	Error             string
	Arguments, Output string
}

// CutSpan is an interruption.
type CutSpan struct {
	Line    int
	At      Micros // when it was decided, or the speech began
	Item    string
	Content int
	// Heard is what was heard of the item, Believed the place at which the server was told
	// to cut it, -1 if it was not told; Made is what had arrived.
	Heard, Believed, Made Micros
	// Asked is when the line was told to stop, -1 if that is not known.
	Asked Micros
	// Silence is the time from when the client learned of the caller's speech to the end of
	// heard sound, -1 if no speech was the reason.
	Silence Micros
	By      string
}

// Outage is a span without a connection.
type Outage struct {
	Line       int // of the loss
	Begin, End Micros
	// Open is set if no connection followed.
	Open bool
	Code int
	// Dials is the number of attempts, Failed that of those that failed, and Status the HTTP
	// status of the last that failed, 0 if nothing answered.
	Dials, Failed, Status int
	Lost                  []LostItem
}

// FailureMark is an error.
type FailureMark struct {
	Line int
	At   Micros
	Failure
}

// Severity is how bad a finding is.
type Severity string

// The severities.
const (
	Broken Severity = "broken" // something failed
	Slow   Severity = "slow"   // a side waited
	Normal Severity = "normal" // worth knowing: interruptions are normal
)

// FindingKind is the rule of a finding.
type FindingKind string

// The kinds of findings. The rules and their thresholds are in docs/recording.md.
const (
	FindSilence       FindingKind = "silence"            // nothing was heard for long after the caller had spoken or a tool had returned
	FindSlowTool      FindingKind = "slow tool"          // a tool took long
	FindInterrupted   FindingKind = "interrupted"        // the caller interrupted
	FindLateBargeIn   FindingKind = "late barge-in"      // the sound went on for long after the caller had begun
	FindDoubleTalk    FindingKind = "double talk"        // both were heard, and nothing was cut
	FindLost          FindingKind = "lost connection"    // the connection was lost
	FindRefused       FindingKind = "refused"            // the service refused a request
	FindFailed        FindingKind = "failed response"    // a response failed
	FindHeard         FindingKind = "heard not believed" // the server was told another place than was heard
	FindDoubledTool   FindingKind = "doubled tool"       // one call ran twice
	FindEmpty         FindingKind = "empty response"     // a response had neither sound, text nor calls
	FindCancelledBill FindingKind = "cancelled but billed"
	FindDropped       FindingKind = "dropped events" // a full queue dropped events
	FindGap           FindingKind = "gap in the recording"
	FindStarved       FindingKind = "starved playback" // sound ran out in the middle of an item
	FindToolFailed    FindingKind = "failed tool"
)

// Finding is something that stands out, with the lines that show it.
type Finding struct {
	Kind     FindingKind
	Severity Severity
	// At and Until are the span; equal for a moment.
	At, Until Micros
	// Text is one or two sentences with cause and consequence. It holds names of tools,
	// parameters and codes, and no content but what a failed tool has answered, which is
	// there with [KeepTools] alone.
	Text string
	// Evidence are the lines that show it, the most telling first.
	Evidence []Proof
	// Turn is the index of the turn in Timeline.Turns, -1 if it belongs to none.
	Turn int
}

// Proof is a line and its time.
type Proof struct {
	Line int
	At   Micros
}
