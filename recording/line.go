package recording

import "encoding/json"

// Line is one line of a recording: what happened at a time.
type Line struct {
	// Number is the number of the line in the file, from 1; the header is line 1. It is 0
	// for a line that was not read from a file.
	Number int
	// Offset is the place of the line in the file, in bytes after decompression.
	Offset int64
	// At is when it happened.
	At Micros
	// Conn counts the sockets of the session from 1; 0 if the line belongs to none.
	Conn int
	// Body says what happened.
	Body Body
	// Extra holds the members that this version does not know. They are written again.
	Extra map[string]json.RawMessage
}

// Body is what a line says: one of [*Dial], [*Frame], [*Audio], [*Heard], [*Cut],
// [*TurnMark], [*Tool], [*Lost], [*Restored], [*Failure], [*Usage], [*Queue],
// [*WallClock], [*Gap], [*Note], [*End] and [*Unknown].
//
//sumtype:decl
type Body interface {
	// Kind is the value of the line's member k.
	Kind() string
	body()
}

// Dial is an attempt to connect.
type Dial struct {
	// Took is the time of the attempt, which ended at the line's time.
	Took    Micros `json:"took"`
	Attempt int    `json:"attempt,omitempty"`
	// Error is the kind of the failure, "" for success; Status the HTTP status, if any.
	Error  string `json:"error,omitempty"`
	Status int    `json:"status,omitempty"`
}

// Direction is the way of a message, seen from the client.
type Direction string

// The directions, which are the kinds of lines with messages.
const (
	In  Direction = "in"  // came from the service
	Out Direction = "out" // went to the service
)

// Frame is a message, or a run of messages with sound: appends, or the audio deltas of one
// item, are merged for up to one second, by the tap for up to four, or until another message
// comes.
type Frame struct {
	Direction Direction `json:"-"`
	// Type is the name of the event, "" if the message has none.
	Type string `json:"type,omitempty"`
	// Bytes is the size on the wire, of all messages of a run together.
	Bytes int64 `json:"bytes"`
	// Event is the message as far as it was kept. Texts that were not kept are replaced by
	// their length in characters, such as "‹142›". Nil for runs, and for messages of which
	// nothing was kept.
	Event json.RawMessage `json:"event,omitempty"`
	// Raw is a message that is not JSON, only with [KeepFrames].
	Raw []byte `json:"raw,omitempty"`

	// Fate is what became of a message to the service; "" for others, unless the writer knows
	// that a full queue dropped this one.
	Fate Fate `json:"fate,omitempty"`
	// Wrote is when the write of a message to the service ended, if that was a millisecond or
	// more after the line's time, which is when the message left the queue. Runs have none.
	Wrote Micros `json:"wrote,omitempty"`

	// N is the number of messages of a run, 0 for a single message without sound.
	N int `json:"n,omitempty"`
	// Span is the time from the first message of a run to the last, and Gap the largest
	// pause between two of them.
	Span Micros `json:"span,omitempty"`
	Gap  Micros `json:"gap,omitempty"`
	// Item, Content and Response are those of the sound of a run.
	Item     string `json:"item,omitempty"`
	Content  int    `json:"content,omitempty"`
	Response string `json:"response,omitempty"`
	// AudioMS is the length of the sound in milliseconds.
	AudioMS int64 `json:"audio_ms,omitempty"`
}

// Fate is what became of a message to the service.
type Fate string

// The fates of a message.
const (
	FateWritten   Fate = "written"   // the network took it
	FateUncertain Fate = "uncertain" // its write failed: it may have arrived
	FateUnsent    Fate = "unsent"    // it was never written
	// FateDiscarded is that of a message from the service which a full queue dropped. The
	// writers of this module count such messages in [Queue] lines: the fate is for writers
	// that decide before they write the message.
	FateDiscarded Fate = "discarded"
)

// Track is one side's sound.
type Track string

// The tracks.
const (
	Sent Track = "sent" // to the service: the caller
	Made Track = "made" // by the model
)

// Audio is a piece of sound. Exactly one of Data and Ref is set.
type Audio struct {
	Track Track `json:"track"`
	// Item and Content are those of Made sound.
	Item    string `json:"item,omitempty"`
	Content int    `json:"content,omitempty"`
	// Pos is where the piece begins on the clock of the samples: since the first sound of
	// the connection for Sent, since the beginning of the item's content for Made.
	Pos Micros `json:"pos"`
	// Len is the length of the piece.
	Len Micros `json:"len"`
	// Codec is "pcm16" (little-endian), "pcmu" or "pcma", and Rate the samples per second.
	Codec string    `json:"codec,omitempty"`
	Rate  int       `json:"rate,omitempty"`
	Data  []byte    `json:"data,omitempty"`
	Ref   *SoundRef `json:"ref,omitempty"`
}

// SoundRef is a place in the sound file, in bytes.
type SoundRef struct {
	Off int64 `json:"off"`
	Len int64 `json:"len"`
}

// Evidence is how it is known what was heard.
type Evidence string

// The kinds of evidence.
const (
	ByMark   Evidence = "mark"   // marks of the line have come back
	ByDevice Evidence = "device" // the device counts what it plays
	ByClock  Evidence = "clock"  // estimated: the line is taken to play without gaps
)

// Heard is a span of an item's sound that was heard. Items whose playing paused have
// several.
type Heard struct {
	Item    string `json:"item"`
	Content int    `json:"content,omitempty"`
	// From and To are the span in the item's sound, and Began when it began to be heard.
	From  Micros   `json:"from"`
	To    Micros   `json:"to"`
	Began Micros   `json:"began"`
	By    Evidence `json:"by"`
}

// Cut is the end of an item that was not heard whole.
type Cut struct {
	Item    string `json:"item"`
	Content int    `json:"content,omitempty"`
	// Heard is how much of it was heard, and Made how much had arrived.
	Heard Micros `json:"heard"`
	Made  Micros `json:"made"`
	// By is "speech_started", "cancel", "hand-off", "tool" or "end".
	By string `json:"by,omitempty"`
	// Asked is when the stop was decided, 0 if unknown.
	Asked Micros `json:"asked,omitempty"`
}

// Phase is the beginning or the end of a turn or a tool.
type Phase string

// The phases.
const (
	Start    Phase = "start"
	Finished Phase = "end"
)

// TurnMark is the beginning or the end of a turn, by the layer that runs turns.
type TurnMark struct {
	N     int    `json:"n"`
	Phase Phase  `json:"phase"`
	Agent string `json:"agent,omitempty"`
	// Cut is set at the end of a turn that was not heard whole. FirstSound and FirstHeard
	// are the times from the user's last word; 0 if there was none.
	Cut        bool   `json:"cut,omitempty"`
	FirstSound Micros `json:"first_sound,omitempty"`
	FirstHeard Micros `json:"first_heard,omitempty"`
	// User and Said are what was said, only with [KeepText].
	User string `json:"user,omitempty"`
	Said string `json:"said,omitempty"`
}

// Tool is the beginning or the end of a call of a function.
type Tool struct {
	// ID is the id of the call.
	ID    string `json:"id"`
	Name  string `json:"name"`
	Phase Phase  `json:"phase"`
	// Took and OK belong to the end.
	Took Micros `json:"took,omitempty"`
	OK   *bool  `json:"ok,omitempty"`
	// Error is the kind of the failure: "timeout", "panic", "unknown_function" or "error".
	Error string `json:"error,omitempty"`
	// Arguments and Output are kept with [KeepTools].
	Arguments string `json:"arguments,omitempty"`
	Output    string `json:"output,omitempty"`
}

// Lost is the end of a connection that the session outlives or that ended it.
type Lost struct {
	// Code is that of the close frame, 1006 without one.
	Code int `json:"code,omitempty"`
	// Reason is that of the close frame, only with [KeepText].
	Reason string `json:"reason,omitempty"`
	// Error is the kind of the failure.
	Error string `json:"error,omitempty"`
}

// Restored is a connection that has taken the place of a lost one.
type Restored struct {
	Attempts int    `json:"attempts,omitempty"`
	Down     Micros `json:"down,omitempty"` // since the connection was lost
	// Items is the number of items that the new connection holds, Lost lists those that it
	// does not hold, and Interrupted the responses that had not ended.
	Items       int        `json:"items"`
	Lost        []LostItem `json:"lost,omitempty"`
	Interrupted []string   `json:"interrupted,omitempty"`
	// SentLost is the sound of the caller that no item had taken up.
	SentLost Micros `json:"sent_lost,omitempty"`
}

// LostItem is an item that a new connection does not hold.
type LostItem struct {
	Item string `json:"item"`
	Why  string `json:"why,omitempty"`
}

// Failure is an error (kind "error").
type Failure struct {
	// What is "server", "refused", "malformed", "tool" or "line".
	What string `json:"what"`
	// Request is the id of the event that was refused, and RequestType its name.
	Request     string `json:"request,omitempty"`
	RequestType string `json:"request_type,omitempty"`
	Type        string `json:"type,omitempty"`
	Code        string `json:"code,omitempty"`
	Param       string `json:"param,omitempty"`
	// Message is kept with [KeepText]: messages quote input.
	Message string `json:"message,omitempty"`
}

// Usage is what a response or a transcript was charged.
type Usage struct {
	// Response is the id of the response, or of the item of a transcript.
	Response string `json:"response"`
	Turn     int    `json:"turn,omitempty"`
	Model    string `json:"model,omitempty"`
	Tokens   Tokens `json:"tokens"`
	// AudioMS is the length of the sound, for models that are charged by time.
	AudioMS int64 `json:"audio_ms,omitempty"`
	// MicroUSD is the cost in millionths of a dollar, nil if there is no price.
	MicroUSD *int64 `json:"microusd,omitempty"`
	// Prices is the date of the prices.
	Prices string `json:"prices,omitempty"`
}

// Tokens are numbers of tokens by kind.
type Tokens struct {
	Text  TokenCount `json:"text,omitzero"`
	Audio TokenCount `json:"audio,omitzero"`
	Image TokenCount `json:"image,omitzero"`
}

// TokenCount is a number of tokens of one kind. Cached is a part of In.
type TokenCount struct {
	In     int64 `json:"in"`
	Cached int64 `json:"cached"`
	Out    int64 `json:"out"`
}

// Queue is the state of a queue of the session.
type Queue struct {
	Direction Direction `json:"dir"`
	Depth     int       `json:"depth"`
	High      int       `json:"high,omitempty"`
	// Dropped is the number of events that were dropped since the last such line.
	Dropped int `json:"dropped,omitempty"`
}

// WallClock is the wall clock at a time: a machine that was suspended shows.
type WallClock struct {
	Wall string `json:"wall"` // RFC 3339 with microseconds, UTC
}

// Gap stands where lines are missing, because the writer fell behind or a reader could
// not read them.
type Gap struct {
	Lines int64    `json:"lines"`
	Bytes int64    `json:"bytes,omitempty"`
	Kinds []string `json:"kinds,omitempty"`
}

// Note is the application's own mark.
type Note struct {
	// Text is kept at every level, without credentials and masked.
	Text string `json:"text,omitempty"`
	// Data is any JSON, kept with [KeepText] and without credentials. Masks apply to its
	// texts, its names that do not look like words, and its whole numbers, which become texts
	// if a rule changes them. Data that is not valid JSON is left out.
	Data json.RawMessage `json:"data,omitempty"`
}

// End is the last line. A recording without it was cut.
type End struct {
	// Why is "closed" (this side), "server", "lost", "failed" or "budget".
	Why  string `json:"why"`
	Code int    `json:"code,omitempty"`
	// Complete is false if the writer has lost lines.
	Complete bool `json:"complete"`
}

// Unknown is a line of a kind that this version does not know. Its members are in
// [Line.Extra].
type Unknown struct {
	K string `json:"-"`
}

// Kind is "dial".
func (*Dial) Kind() string { return "dial" }

// Kind is "in" or "out".
func (f *Frame) Kind() string { return string(f.Direction) }

// Kind is "audio".
func (*Audio) Kind() string { return "audio" }

// Kind is "heard".
func (*Heard) Kind() string { return "heard" }

// Kind is "cut".
func (*Cut) Kind() string { return "cut" }

// Kind is "turn".
func (*TurnMark) Kind() string { return "turn" }

// Kind is "tool".
func (*Tool) Kind() string { return "tool" }

// Kind is "lost".
func (*Lost) Kind() string { return "lost" }

// Kind is "restored".
func (*Restored) Kind() string { return "restored" }

// Kind is "error".
func (*Failure) Kind() string { return "error" }

// Kind is "usage".
func (*Usage) Kind() string { return "usage" }

// Kind is "queue".
func (*Queue) Kind() string { return "queue" }

// Kind is "clock".
func (*WallClock) Kind() string { return "clock" }

// Kind is "gap".
func (*Gap) Kind() string { return "gap" }

// Kind is "note".
func (*Note) Kind() string { return "note" }

// Kind is "end".
func (*End) Kind() string { return "end" }

// Kind is the kind as it was read.
func (u *Unknown) Kind() string { return u.K }

func (*Dial) body()      {}
func (*Frame) body()     {}
func (*Audio) body()     {}
func (*Heard) body()     {}
func (*Cut) body()       {}
func (*TurnMark) body()  {}
func (*Tool) body()      {}
func (*Lost) body()      {}
func (*Restored) body()  {}
func (*Failure) body()   {}
func (*Usage) body()     {}
func (*Queue) body()     {}
func (*WallClock) body() {}
func (*Gap) body()       {}
func (*Note) body()      {}
func (*End) body()       {}
func (*Unknown) body()   {}
