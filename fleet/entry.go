package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
)

// phase is how far a call has come.
type phase string

const (
	taking phase = "taking" // It may be accepted.
	live   phase = "live"   // It was accepted, and a session was attached.
	ending phase = "ending" // It is being hung up, or transferred if there is a target.
)

// entryFormat is the format of an entry. It is raised when a worker that knows an older one
// must not take the call: what it does not know, it would not write back.
const entryFormat = 1

// entry is the state of a call in the bucket. Each write names the revision that the same
// owner has written before, so that a former owner cannot write.
type entry struct {
	Format int `json:"format,omitempty"` // entryFormat, or 0 for 1
	// Job names the message of the call, so that another message for the same call is
	// recognised.
	Job string `json:"job"`
	// Epoch counts the owners, and Owner is the latest; "" if it has left the call.
	Epoch int    `json:"epoch"`
	Owner string `json:"owner,omitempty"`
	Phase phase  `json:"phase"`
	// Target is the address of a transfer that was begun.
	Target string `json:"target,omitempty"`
	// Fails counts the attempts to attach since the last one that succeeded, or, while the
	// call is ending, those to end it.
	Fails int `json:"fails,omitempty"`
	// Passes counts the workers in succession whose program has left the call to another.
	Passes int `json:"passes,omitempty"`

	Tools map[string]once `json:"tools,omitempty"`
	Agent json.RawMessage `json:"agent,omitempty"`
	State []byte          `json:"state,omitempty"`
}

// once is the record of one Job.Once.
type once struct {
	Done   bool   `json:"done,omitempty"`
	Failed bool   `json:"failed,omitempty"` // The func has returned an error.
	Output []byte `json:"output,omitempty"`
}

const (
	// maxOwn bounds an entry in bytes. The bound of the bucket includes the headers.
	maxOwn = maxEntry - 1024
	// maxProgram bounds an entry that the program makes larger: what is left is for the
	// fleet's own writes. A call that could not be taken or ended would run without control.
	maxProgram = maxOwn - 8<<10
)

// with returns a copy of e that change has changed.
func (e entry) with(change func(*entry)) entry {
	e.Tools = maps.Clone(e.Tools)
	change(&e)
	return e
}

func (e entry) encode(limit int) ([]byte, error) {
	e.Format = entryFormat
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("fleet: encode the state of the call: %w", err)
	}
	if len(data) > limit {
		return nil, fmt.Errorf("%w: the state of the call has %d bytes", ErrTooLarge, len(data))
	}
	return data, nil
}

// decodeEntry returns a *[StateError] for what is not an entry, or one of another format.
func decodeEntry(data []byte) (entry, error) {
	var e entry
	err := json.Unmarshal(data, &e)
	switch {
	case err == nil && e.Format > entryFormat:
		return e, &StateError{Format: e.Format}
	case err != nil:
		return e, &StateError{}
	case e.Job == "" || e.Epoch < 1 || e.Phase != taking && e.Phase != live && e.Phase != ending:
		return e, &StateError{Format: e.Format}
	}
	return e, nil
}
